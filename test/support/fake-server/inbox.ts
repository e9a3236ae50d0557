/**
 * One user's inbox as the contract describes it, in memory: rows with a version per change, hello pages, frames that
 * are shown before they are stored, settings, drafts. Counts from the logs themselves, apart from the client's rules.
 */
import type { ConversationRow } from '../../../protocol/conversations.ts';
import type { Draft, DraftBody, InboxClientFrame, InboxServerFrame, PresenceStatus, SettingsBody } from '../../../protocol/inbox.ts';
import { isMessageType, type Message } from '../../../protocol/message.ts';
import type { VirtualClock } from '../client-clock.ts';
import type { FakeServer, ServerSocket, Session } from './server.ts';

/** How long a row may wait to be written while somebody is shown it. */
const STORE_MS = 5_000;
/** Between two pages of a hello. */
const PAGE_EVERY_MS = 10;

export interface InboxMood {
  /** Shows a change before it is stored. */
  showsFirst(): boolean;
  pageMax: number;
}

interface Stored {
  row: ConversationRow;
  version: number;
}
interface Peer {
  deviceId: string;
  socket: ServerSocket;
}
type Own = Pick<ConversationRow, 'muted_until' | 'pinned' | 'archived' | 'marked_unread'>;
const UNTOUCHED: Own = { muted_until: null, pinned: false, archived: false, marked_unread: false };

export class FakeInbox {
  readonly userId: string;
  mood: InboxMood;
  version = 0;
  /** Texts that came, pings left out: what tests count. */
  arrivals = 0;
  onHeard: (frame: InboxClientFrame) => void = () => {};
  onAck: (deviceId: string, cursor: number) => void = () => {};
  readonly #clock: VirtualClock;
  readonly #rows = new Map<string, Stored>();
  readonly #removed = new Map<string, number>();
  readonly #own = new Map<string, Own>();
  readonly #drafts = new Map<string, Draft>();
  readonly #entriesTold = new Map<string, number>();
  readonly #coming = new Set<string>();
  readonly #peers = new Set<Peer>();

  constructor(userId: string, clock: VirtualClock, mood: InboxMood) {
    this.userId = userId;
    this.#clock = clock;
    this.mood = mood;
  }

  /** The row as it should be, from the log. */
  rowOf({ log, receipts }: FakeServer): ConversationRow {
    const entries = log.all();
    const messages = entries.filter(({ type }) => isMessageType(type));
    const own = messages.findLast(({ sender_id }) => sender_id === this.userId)?.message_id ?? 0;
    const read_message_id = Math.max(own, receipts.get(this.userId)?.read ?? 0);
    const unread = messages.filter(({ message_id }) => message_id > read_message_id);
    const newest = messages.at(-1);
    const draft = this.#drafts.get(log.id)?.content ?? '';
    return {
      conversation_id: log.id,
      kind: 'group',
      role: 'member',
      title: 'Trip',
      avatar_url: null,
      last_message_id: log.head,
      ...(newest && { last_message: shortened(newest) }),
      read_message_id,
      unread_count: unread.length,
      mention_count: unread.filter(({ mentions }) => mentions?.includes(this.userId)).length,
      ...(this.#own.get(log.id) ?? UNTOUCHED),
      ...(draft !== '' && { draft }),
      updated_at: entries.at(-1)?.timestamp ?? 0,
    };
  }

  /** The conversation tells what there is. It comes again for what was shown and not stored. */
  deliver(conversation: FakeServer): void {
    const { id, head } = conversation.log;
    const row = this.rowOf(conversation);
    const draft = this.#drafts.get(id);
    const own = conversation.log.all().findLast(({ type, sender_id }) => isMessageType(type) && sender_id === this.userId);
    if (draft && own && own.timestamp >= draft.edited_at) this.#drafts.set(id, { ...draft, content: '' });
    const before = this.#rows.get(id)?.row;
    if (before && row.read_message_id > before.read_message_id)
      this.#own.set(id, { ...(this.#own.get(id) ?? UNTOUCHED), marked_unread: false });
    if (JSON.stringify(before) === JSON.stringify(this.rowOf(conversation))) return;
    const entries = conversation.log.sync(this.#entriesTold.get(id) ?? 0, 10_000).messages.slice(-20);
    this.#entriesTold.set(id, head);
    if (this.#peers.size === 0 || this.#coming.has(id) || !this.mood.showsFirst()) return this.#store(this.rowOf(conversation), entries);
    this.#tell({ op: 'conversation', conversation: this.rowOf(conversation), messages: entries });
    this.#coming.add(id);
    this.#clock.setTimer(() => {
      this.#coming.delete(id);
      if (this.#rows.has(id) || !this.#removed.has(id)) this.#store(this.rowOf(conversation), []);
    }, STORE_MS);
  }

  remove(id: string): void {
    this.#rows.delete(id);
    this.#removed.set(id, ++this.version);
    this.#tell({ op: 'removed', cursor: String(this.version), conversation_id: id });
  }

  rejoin(conversation: FakeServer): void {
    this.#removed.delete(conversation.log.id);
    this.#store(this.rowOf(conversation), []);
  }

  open(deviceId: string, cursor: string, socket: ServerSocket): Session {
    const peer = { deviceId, socket };
    for (const other of [...this.#peers]) {
      if (other.deviceId !== deviceId) continue;
      this.#peers.delete(other);
      other.socket.close(4409, 'this device opened a newer socket');
    }
    this.#peers.add(peer);
    const since = Number(cursor) > this.version ? 0 : Number(cursor);
    this.#hello(peer, `${this.version}-${since}-${this.version + 1}`);
    return {
      hear: (text) => {
        if (!this.#peers.has(peer)) return;
        if (text === 'ping') return socket.send('pong');
        this.arrivals++;
        const parsed = JSON.parse(text) as InboxClientFrame | InboxClientFrame[];
        for (const frame of Array.isArray(parsed) ? parsed : [parsed]) this.onFrame(peer, frame);
      },
      leave: () => void this.#peers.delete(peer),
    };
  }

  /** One page, and the rest a little later, page by page. */
  #hello(peer: Peer, place: string): void {
    if (!this.#peers.has(peer)) return;
    const { conversations: changed, ...page } = this.page(place, this.mood.pageMax);
    const hello: InboxServerFrame = { op: 'hello', user_id: this.userId, changed, ...page };
    peer.socket.send(JSON.stringify(hello));
    if (page.has_more) this.#clock.setTimer(() => this.#hello(peer, page.cursor), PAGE_EVERY_MS);
  }

  /** What a device says of a conversation. */
  onDelivered: (conversationId: string, messageId: number) => void = () => {};

  onFrame({ deviceId }: Peer, frame: InboxClientFrame): void {
    this.onHeard(frame);
    if (frame.op === 'delivered') this.onDelivered(frame.conversation_id, frame.message_id);
    if (frame.op === 'ack' && !frame.cursor.includes('-')) this.onAck(deviceId, Number(frame.cursor));
  }

  page(cursor: string, limit: number): { conversations: ConversationRow[]; removed: string[]; cursor: string; has_more: boolean } {
    const [head = 0, since = head, below = Infinity] = cursor.includes('-')
      ? cursor.split('-').map(Number)
      : [this.version, Number(cursor)];
    const moved = [...this.#rows.values()]
      .filter(({ version }) => version > since && version < below && version <= head)
      .toSorted((one, other) => other.version - one.version);
    const has_more = moved.length > limit;
    const page = moved.slice(0, limit);
    const removed =
      has_more || since === 0 ? [] : [...this.#removed].flatMap(([id, version]) => (version > since && version <= head ? id : []));
    return {
      conversations: page.map(({ row }) => row),
      removed,
      cursor: has_more ? `${head}-${since}-${page.at(-1)!.version}` : String(head),
      has_more,
    };
  }

  /** The stored row changes, whatever has been shown since. */
  change(id: string, settings: SettingsBody): ConversationRow | null {
    const stored = this.#rows.get(id);
    if (!stored) return null;
    const own = { ...(this.#own.get(id) ?? UNTOUCHED), ...settings } as Own;
    this.#own.set(id, own);
    const row = { ...stored.row, ...own };
    if (JSON.stringify(row) !== JSON.stringify(stored.row)) this.#store(row, []);
    return row;
  }

  putDraft(id: string, { content, edited_at }: DraftBody): Draft | null {
    const stored = this.#rows.get(id);
    if (!stored) return null;
    const before = this.#drafts.get(id);
    const at = Math.min(edited_at, this.#clock.now());
    if (before && before.edited_at >= at) return before;
    const draft = { content, edited_at: at };
    this.#drafts.set(id, draft);
    const { draft: _before, ...row } = stored.row;
    if ((stored.row.draft ?? '') !== content) this.#store(content === '' ? row : { ...row, draft: content }, []);
    return draft;
  }

  /** Somebody whom this user may be watching has come or gone. */
  tellPresence(userId: string, status: PresenceStatus): void {
    this.#tell({ op: 'presence', user_id: userId, status });
  }

  restart(code: number, reason: string): void {
    for (const { socket } of this.#peers) socket.close(code, reason);
    this.#peers.clear();
  }

  #store(row: ConversationRow, messages: Message[]): void {
    this.#rows.set(row.conversation_id, { row, version: ++this.version });
    this.#tell({ op: 'conversation', cursor: String(this.version), conversation: row, messages });
  }

  #tell(frame: InboxServerFrame): void {
    const text = JSON.stringify(frame);
    for (const { socket } of this.#peers) socket.send(text);
  }
}

function shortened({ message_id, sender_id, type, content, timestamp, deleted }: Message): NonNullable<ConversationRow['last_message']> {
  return { message_id, sender_id, type, content: content.slice(0, 256), timestamp, ...(deleted && { deleted }) };
}
