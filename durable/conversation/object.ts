/**
 * The Durable Object of one conversation: it translates the platform's events into calls on
 * plain modules and decides nothing. One object per conversation is the single writer of its
 * log, members, roles and receipts; everything else is a projection of it.
 */
import { DurableObject } from 'cloudflare:workers';
import type { LogFrame } from '../../protocol/client-frames.ts';
import type { Conversation as ConversationBody, HistoryQuery, PatchConversationBody } from '../../protocol/conversations.ts';
import { CLOSE } from '../../protocol/errors.ts';
import type { Role } from '../../protocol/message.ts';
import { accept, refuse, type Outcome } from '../../protocol/outcome.ts';
import type { Bindings } from '../bindings.ts';
import { logError } from '../kit/calls.ts';
import { fromHeaders } from '../session.ts';
import type { Delivery } from '../user-inbox/api.ts';
import { prepare, type Prepared } from './admission/creation.ts';
import type { Block } from './admission/pending.ts';
import type { Added, Adding, ClosedSockets, Creation, ConversationApi, Pairing, Pending, Submitted } from './api.ts';
import {
  assemble,
  createConversation,
  deliveredByInbox,
  exactly,
  found,
  nextAlarmAt,
  leave,
  readByHttp,
  submitByHttp,
  ring,
  setReadReceipts,
  wake,
  type Assembly,
} from './assembly.ts';
import { historyPage, syncJson, syncPage } from './pages.ts';
import { Database } from '../kit/database.ts';
import { Alarms } from '../kit/alarms.ts';
import { asking, cloudflare } from './platform.ts';
import { RecentlyEnded } from './recently-ended.ts';
import { RESTART_REASON, startOver } from './restore/start-over.ts';
import { ConversationStore } from './store.ts';

const SESSION_ENDED = refuse('unauthenticated', 'The session has ended.');
const NOT_FOUND = refuse('not_found', 'no such conversation');

export class Conversation extends DurableObject<Bindings> implements ConversationApi {
  readonly db: Database;
  /** Point-in-time recovery, which there is on the real platform only. */
  recovery: Pick<DurableObjectStorage, 'getBookmarkForTime' | 'onNextSessionRestoreBookmark'>;
  /** What is here is about to be replaced. */
  #restarts = false;
  readonly #store: ConversationStore;
  readonly #alarms: Alarms;
  readonly #ended = new RecentlyEnded();
  #open: Assembly | null = null;
  #creating: Promise<unknown> = Promise.resolve();
  /** What is told of blocks while the conversation is about to be. */
  #blocksHeard: Block[] | null = null;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.db = new Database(ctx.storage);
    this.recovery = ctx.storage;
    this.#store = new ConversationStore(this.db);
    this.#alarms = new Alarms(this.db);
    void ctx.blockConcurrencyWhile(async () => {
      if (!this.#store.open()) return;
      await this.#alarms.restore();
      this.#open = this.#assemble();
      this.#alarms.resume(() => nextAlarmAt(this.#open!), onAlarmError);
    });
  }

  /** One after the other: of two at once, the second finds what the first has made. */
  create(creation: Creation): Promise<Outcome<{ created: boolean; conversation: ConversationBody }>> {
    const created = this.#creating.then(() => this.#create(creation));
    this.#creating = created.catch(() => undefined);
    return created;
  }

  describe(userId: string): Promise<Outcome<ConversationBody>> {
    return reply(this.#open?.room.describe(userId) ?? NOT_FOUND);
  }

  pairing(userId: string, otherId: string): Promise<Pairing> {
    const open = this.#open;
    return reply(open === null ? { is: 'free' } : open.room.pairing(userId, otherId, open.consent.reopens(userId)));
  }

  patch(userId: string, patch: PatchConversationBody): Promise<Outcome<ConversationBody>> {
    return reply(this.#open?.room.patch(userId, patch) ?? NOT_FOUND);
  }

  async putMember(userId: string, memberId: string, role: Role | undefined, adding: Adding): Promise<Outcome<Added>> {
    const put = (await this.#open?.admission.put(userId, memberId, role, adding)) ?? NOT_FOUND;
    if (!put.ok) return put;
    if (!put.value) return accept({ status: 'invited' });
    const described = await this.describe(userId);
    return described.ok ? accept({ status: 'member', conversation: described.value }) : described;
  }

  removeMember(userId: string, memberId: string): Promise<Outcome<{ removed: boolean }>> {
    const changed = this.#open?.admission.remove(userId, memberId) ?? NOT_FOUND;
    return reply(changed.ok ? accept({ removed: true }) : changed);
  }

  accept(userId: string): Promise<Outcome<null>> {
    return reply(this.#open?.consent.accept(userId) ?? NOT_FOUND);
  }

  deleteRequest(userId: string): Promise<Outcome<{ from: string }>> {
    return reply(this.#open?.consent.delete(userId) ?? NOT_FOUND);
  }

  openAgain(userId: string): Promise<void> {
    return reply(this.#open?.consent.reopen(userId));
  }

  join(userId: string): Promise<Outcome<ConversationBody>> {
    const joined = this.#open?.admission.join(userId) ?? NOT_FOUND;
    return joined.ok ? this.describe(userId) : reply(joined);
  }

  decline(userId: string): Promise<Outcome<null>> {
    return reply(this.#open?.admission.decline(userId) ?? NOT_FOUND);
  }

  submit(userId: string, frame: LogFrame): Promise<Outcome<Submitted>> {
    return reply(this.#open === null ? NOT_FOUND : submitByHttp(this.#open, userId, frame));
  }

  history(userId: string, query: HistoryQuery): Promise<Outcome<string>> {
    return reply(this.#asMember(userId, (open) => historyPage(open.reader(), query)));
  }

  sync(userId: string, afterMessageId: number, limit: number): Promise<Outcome<string>> {
    return reply(this.#asMember(userId, (open) => syncJson(syncPage(open.reader(), afterMessageId, limit))));
  }

  read(userId: string, messageId: number): Promise<Outcome<{ read: number }>> {
    return reply(this.#asMember(userId, (open) => ({ read: readByHttp(open, userId, messageId) })));
  }

  setBlocked(by: string, blocked: boolean, version: number): Promise<void> {
    if (this.#open === null) this.#blocksHeard?.push({ by, blocked, version });
    else if (this.#open.writer.record.kind === 'direct') this.#open.writer.setBlocked(by, blocked, version);
    return reply(undefined);
  }

  exact(userId: string, { live }: { live: boolean }): Promise<Delivery | null> {
    return reply(this.#open === null ? null : exactly(this.#open, userId, live));
  }

  delivered(userId: string, messageId: number): Promise<void> {
    if (this.#open !== null) deliveredByInbox(this.#open, userId, messageId);
    return reply(undefined);
  }

  setReadReceipts(userId: string, on: boolean): Promise<void> {
    if (this.#open !== null) setReadReceipts(this.#open, userId, on);
    return reply(undefined);
  }

  closeSockets(whose: { user_id: string } & ClosedSockets): Promise<{ closed: number }> {
    if ('session_id' in whose) this.#ended.note(whose.session_id, Date.now());
    this.#open?.room.flush();
    const closed = this.#open?.connections.closeWhere(
      ({ attachment: { user_id, session_id, device_id, opened_at } }) =>
        user_id === whose.user_id &&
        ('session_id' in whose ? session_id === whose.session_id : device_id === whose.device_id && opened_at <= whose.opened_until),
      CLOSE.credentials_ended,
      'the session has ended',
    );
    return reply({ closed: closed ?? 0 });
  }

  wake(): Promise<Pending | null> {
    return this.#open === null ? reply(null) : wake(this.#open);
  }

  async restore(at: number): Promise<{ undo: string; members: string[] } | null> {
    if (this.#open === null) return null;
    const { writer, connections } = this.#open;
    const undo = await this.recovery.onNextSessionRestoreBookmark(await this.recovery.getBookmarkForTime(at));
    this.#restarts = true;
    connections.closeWhere(() => true, CLOSE.restart, RESTART_REASON);
    return { undo, members: [...writer.members.keys()] };
  }

  restart(): Promise<void> {
    this.ctx.abort('restored');
    throw new Error('restored');
  }

  reopen(epoch: string, was: string[]): Promise<Pending | null> {
    if (this.#restarts) throw new Error('not restarted yet');
    if (this.#open === null) return reply(null);
    startOver(this.#open, epoch, was);
    return reply(this.#open.outbox.pending());
  }

  /** A socket upgrade. The Worker has found out who it is; whether they are a member is known here. */
  override fetch(request: Request): Promise<Response> {
    const origin = fromHeaders(request.headers);
    const open = this.#open;
    if (open === null || !open.writer.members.has(origin.user_id)) return reply(Response.json(NOT_FOUND.refusal, { status: 404 }));
    if (this.#ended.has(origin.session_id, Date.now())) return reply(Response.json(SESSION_ENDED.refusal, { status: 401 }));
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    open.sockets.open(server, origin, Number(new URL(request.url).searchParams.get('after_message_id') ?? 0));
    return reply(new Response(null, { status: 101, webSocket: client }));
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    try {
      this.#open?.sockets.receive(socket, data);
    } catch (error) {
      const errorId = crypto.randomUUID();
      logError('frame_failed', error, { error_id: errorId });
      socket.send(JSON.stringify({ op: 'error', code: 'internal', detail: `logged as ${errorId}` }));
    }
  }

  /** The platform leaves the closing handshake to us; 1005 and 1006 cannot be sent. */
  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    this.#leave(socket);
    try {
      socket.close(code === 1005 || code === 1006 ? 1000 : code, reason);
    } catch {
      // It is closed already.
    }
  }

  override webSocketError(socket: WebSocket): void {
    this.#leave(socket);
  }

  override async alarm(): Promise<void> {
    const alarms = this.#alarms;
    const now = (): number => Date.now();
    await alarms.ring(() => (this.#open === null ? Promise.resolve() : ring(this.#open, { alarms, now })), now, onAlarmError);
  }

  async #create(creation: Creation): Promise<Outcome<{ created: boolean; conversation: ConversationBody }>> {
    const created = this.#open === null;
    if (this.#open === null) {
      const prepared = await this.#prepare(creation);
      if (!prepared.ok) return prepared;
      createConversation(this.#store, creation, Date.now(), prepared.value);
      this.#open = this.#assemble();
      await found(this.#open, new Set(creation.without_lists));
    }
    const { room, admission, writer } = this.#open;
    if (!created && creation.kind !== writer.record.kind) return NOT_FOUND;
    if (!created && writer.members.has(creation.creator_id)) await admission.resume();
    const described = room.describe(creation.creator_id);
    return described.ok ? accept({ created, conversation: described.value }) : described;
  }

  async #prepare(creation: Creation): Promise<Outcome<Prepared>> {
    const heard: Block[] = [];
    this.#blocksHeard = heard;
    try {
      return await prepare(asking(this.env), creation, heard);
    } finally {
      this.#blocksHeard = null;
    }
  }

  #leave(socket: WebSocket): void {
    if (this.#open !== null) leave(this.#open, socket);
  }

  #asMember<T>(userId: string, work: (open: Assembly) => T): Outcome<T> {
    const open = this.#open;
    if (open === null || !open.writer.members.has(userId)) return NOT_FOUND;
    open.room.flush();
    return accept(work(open));
  }

  #assemble(): Assembly {
    this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
    return assemble(cloudflare(this.ctx, this.env, this.#store, this.#alarms));
  }
}

const onAlarmError = (error: unknown): void => logError('alarm_failed', error);

/** The methods are synchronous inside: what they write is stored before their answer leaves. */
const reply = <T>(value: T): Promise<T> => Promise.resolve(value);
