/**
 * The inbox on this device: brings together its connection, its rows, storage, settings, drafts and presence.
 * The rules are in the pure modules. Log entries that come along go to the conversation when it is loaded, else
 * to its copy on the disk. A row is acknowledged, and a message told as delivered, once it is on the disk.
 */
import type { InboxClientFrame, InboxServerFrame, SettingsBody } from '../../protocol/inbox.ts';
import type { Message } from '../../protocol/message.ts';
import { FRAMES_PER_ARRAY_MAX, LEASE_MS, PAGE_MAX } from '../../protocol/limits.ts';
import type { ApiClient } from './api.ts';
import { createDrafts } from './drafts.ts';
import { createDriver } from './driver.ts';
import { NatterError } from './error.ts';
import { decodeInbox, isOfAnother } from './frames.ts';
import { OTHER_USER } from './identity.ts';
import { createInboxKeeper, type InboxKeeper, type InboxNote, type Kept } from './inbox-keeper.ts';
import { EMPTY, apply, type Event, type Page } from './inbox-state.ts';
import { createInboxView, unmuteAt, type Digest } from './inbox-view.ts';
import { createSource, type Source } from './observable.ts';
import { once } from './once.ts';
import { createPresences } from './presences.ts';
import type { ClientStorage } from './storage.ts';
import type { Environment, InboxView } from './types.ts';
import { createWishList } from './wish-list.ts';
import type { Patch } from './wishes.ts';

/** Rows that are told as delivered once more. */
const REPEATED_MAX = 20;
/** A longer one would ring at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export interface InboxHost {
  api: ApiClient;
  environment: Environment;
  storage: ClientStorage;
  userId(): Promise<string>;
  socketUrl(cursor: string): Promise<string>;
  /** The connection is another user's. */
  onOtherUser(): void;
  /** The conversation has a socket of its own: it looks after its log and its receipts. */
  isAwake(conversationId: string): boolean;
  /** True: it is loaded and takes the entries itself. */
  feed(conversationId: string, entries: readonly Message[]): boolean;
  /** Has this said by the conversation's own socket. */
  markRead(conversationId: string, messageId: number): void;
  readElsewhere(conversationId: string, messageId: number): void;
}

export function createInbox(host: InboxHost) {
  const { api, environment, storage } = host;
  let state = EMPTY;
  const digests = new Map<string, Digest>();
  /** How far each conversation has been told as delivered, and when. */
  const delivered = new Map<string, { messageId: number; at: number }>();
  /** What was told since then may be lost with its connection; at first, whatever was told before. */
  let doubtfulSince = 0;
  let own: { userId: string; keeper: InboxKeeper } | undefined;
  /** This connection's hello has named our user: nothing is said or heard before. */
  let isOurs = false;
  let refreshing: Promise<void> | undefined;

  let cancelUnmute = () => {};

  const load = once(read);
  const makeView = createInboxView();
  const view: Source<InboxView> = createSource(
    () => {
      const made = makeView(state, digests, wishes.all(), environment.now());
      awaitUnmute(made);
      return made;
    },
    () => {
      openWhenIdle();
      awaitUnmute(view.get());
    },
    () => awaitUnmute(view.get()),
  );
  const wishes = createWishList(view.outdate);
  const status = createSource(() => driver.status());
  const say = (...frames: InboxClientFrame[]) => isOurs && driver.send(JSON.stringify(frames));
  const presences = createPresences(environment, say);
  const drafts = createDrafts({
    environment,
    storage,
    put: api.putDraft,
    ...wishes.drafts,
  });
  const driver = createDriver(environment, {
    prepare: async () => {
      await load();
      advance({ type: 'asked' });
      return host.socketUrl(state.cursor);
    },
    ask: () => api.inbox(state.cursor === '' ? undefined : state.cursor, 1),
    onText,
    onStatus({ state: at }) {
      if (at !== 'online') hangUp();
      status.outdate();
    },
  });

  function openWhenIdle(): void {
    if (driver.status().state === 'idle') driver.dispatch({ type: 'open' });
  }

  /** A mute that ends moves the totals, if anybody looks. */
  function awaitUnmute({ conversations }: InboxView): void {
    cancelUnmute();
    const now = environment.now();
    const due = view.isObserved() ? unmuteAt(conversations, now) : Infinity;
    cancelUnmute = due === Infinity ? () => {} : environment.setTimer(view.outdate, Math.min(due - now, TIMER_MAX_MS));
  }

  function hangUp(): void {
    isOurs = false;
    if (state.greeted) doubtfulSince = environment.now() - LEASE_MS;
    presences.shut();
    advance({ type: 'shut' });
    view.outdate();
  }

  async function read(): Promise<void> {
    const userId = await host.userId();
    const [stored, kept] = await Promise.all([storage.inbox(userId), storage.drafts(userId)]);
    own = { userId, keeper: createInboxKeeper(storage, userId, onKept) };
    advance({ type: 'stored', ...stored });
    drafts.restore(userId, kept);
    view.outdate();
  }

  /** Moves the rows, and has what changed written down. */
  function advance(event: Event, more: Pick<InboxNote, 'entries' | 'delivered'> = {}): void {
    const before = state;
    const { state: next, put, remove, reset } = apply(state, event);
    state = next;
    if (event.type === 'page' || event.type === 'fetched') for (const { row } of put) wishes.compare(row);
    for (const { row } of put) {
      host.readElsewhere(row.conversation_id, row.read_message_id);
      if (!before.rows.has(row.conversation_id)) drafts.again(row.conversation_id);
    }
    for (const id of remove) digests.delete(id);
    const cursor = state.cursor === before.cursor ? {} : { cursor: state.cursor };
    if (put.length + remove.length > 0 || reset || 'cursor' in cursor || more.entries)
      own?.keeper.note({ put, remove, reset, ...cursor, ...more });
  }

  function onKept({ cursor, delivered: reached }: Kept): void {
    if (cursor !== undefined) say({ op: 'ack', cursor });
    const news = [...reached].filter(([id, messageId]) => !host.isAwake(id) && messageId > (delivered.get(id)?.messageId ?? 0));
    for (const [id, messageId] of news) delivered.set(id, { messageId, at: environment.now() });
    const frames = news.map(([conversation_id, message_id]) => ({ op: 'delivered' as const, conversation_id, message_id }));
    while (frames.length > 0) say(...frames.splice(0, FRAMES_PER_ARRAY_MAX));
  }

  function onText(text: string): boolean {
    const frames = decodeInbox(text);
    if (isOfAnother(frames, own?.userId)) host.onOtherUser();
    else for (const frame of frames) if ((isOurs ||= frame.op === 'hello')) onFrame(frame);
    view.outdate();
    return state.greeted;
  }

  function onFrame(frame: InboxServerFrame): void {
    switch (frame.op) {
      case 'hello':
        return onPage(frame);
      case 'conversation': {
        const { conversation: row, messages } = frame;
        const id = row.conversation_id;
        wishes.compare(row);
        const isTaken = host.isAwake(id) || host.feed(id, messages);
        return advance(
          { type: 'row', row, cursor: frame.cursor },
          { ...(!isTaken && messages.length > 0 && { entries: { id, messages } }), delivered: unheard([row]) },
        );
      }
      case 'removed':
        return advance({ type: 'removed', id: frame.conversation_id, cursor: frame.cursor });
      case 'presence':
        return presences.heard(frame);
      case 'error':
        return;
    }
  }

  function onPage(page: Page): void {
    const wasGreeted = state.greeted;
    advance({ type: 'page', page }, { delivered: unheard(page.changed) });
    // It is taken: the next one may come.
    if (page.has_more) say({ op: 'ack', cursor: page.cursor });
    if (!state.greeted) return;
    wishes.listed();
    if (wasGreeted) return;
    presences.greeted();
    // What was lost is not named by a hello again: the newest of it once more, of each costs the server a call.
    for (const [id, { at }] of delivered) if (at >= doubtfulSince) delivered.delete(id);
    const rows = [...state.rows.values()].map(({ row: kept }) => kept).toSorted((one, other) => other.updated_at - one.updated_at);
    own?.keeper.note({ put: [], remove: [], reset: false, delivered: [...unheard(rows)].slice(0, REPEATED_MAX) });
    for (const id of state.rows.keys()) {
      repeatRead(id);
      drafts.again(id);
    }
  }

  /** What this device has read, when the server has not heard of it. */
  function repeatRead(id: string): void {
    const kept = state.rows.get(id);
    if (!kept) return;
    const messageId = Math.max(kept.read, digests.get(id)?.read_message_id ?? 0);
    if (messageId <= kept.row.read_message_id) return;
    if (host.isAwake(id)) return host.markRead(id, messageId);
    // When it fails, said again after the next hello.
    api.read(id, messageId).catch(() => {});
  }

  /** Rows whose newest message is another's: this device is about to have it. */
  function* unheard(rows: Page['changed']): Generator<[string, number]> {
    for (const { conversation_id, last_message_id, last_message, unread_count } of rows) {
      if (last_message && last_message.sender_id !== own?.userId && unread_count > 0) yield [conversation_id, last_message_id];
    }
  }

  function changeSettings(id: string, settings: SettingsBody): Promise<void> {
    const patch = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Patch;
    return wishes.attempt(id, patch, () => api.changeSettings(id, settings));
  }

  async function fetchAll(): Promise<void> {
    await load();
    const from = state.cursor;
    let refused = false;
    const pages: Page[] = [];
    for (let cursor = from, more = true; more;) {
      try {
        const { conversations: changed, ...page } = await api.inbox(cursor === '' ? undefined : cursor, PAGE_MAX);
        pages.push({ changed, ...page });
        ({ cursor, has_more: more } = page);
      } catch (error) {
        // The server does not know our cursor: from the beginning. What is here stays until all of that is in.
        if (refused || from === '' || !(error instanceof NatterError) || error.code !== 'bad_request') throw error;
        pages.length = 0;
        refused = true;
        cursor = '';
      }
    }
    advance({ type: 'fetched', from, refused, pages });
    view.outdate();
  }

  const row = (id: string) => view.get().conversations.find(({ conversation_id }) => conversation_id === id);

  async function entered(id: string): Promise<void> {
    // At a start the rows are still being read.
    if (!row(id)) await load();
    if (row(id)?.marked_unread === true) await changeSettings(id, { marked_unread: false });
  }

  return {
    handle: {
      view,
      status,
      open: () => driver.dispatch({ type: 'open' }),
      close: () => driver.dispatch({ type: 'close' }),
      changeSettings,
      setDraft: (id: string, content: string) => drafts.edit(id, content),
      refresh: (): Promise<void> => (refreshing ??= fetchAll().finally(() => (refreshing = undefined))),
    },
    presence: presences.of,
    /** The credential is another user's. */
    disown: () => driver.dispatch({ type: 'refused', refusal: OTHER_USER }),
    setActive(on: boolean): void {
      presences.setActive(on);
      const { state: at, reason } = driver.status();
      // Another tab of this device had it: now this one is in front.
      if (on && at === 'ended' && reason === 'replaced') driver.dispatch({ type: 'open' });
    },
    isMarkedUnread: (id: string): boolean => row(id)?.marked_unread === true,
    /** The user has come to look, or answers. */
    entered: (id: string): void => void entered(id).catch(() => {}),
    sent: (id: string): void => drafts.clear(id, (state.rows.get(id)?.row.draft ?? '') !== ''),
    /** What the log on this device says; undefined: there is none. */
    digested(id: string, digest: Digest | undefined): void {
      if (digest) digests.set(id, digest);
      else digests.delete(id);
      if (digest) advance({ type: 'read', id, messageId: digest.read_message_id });
      view.outdate();
    },
    readOf: (id: string): number => state.rows.get(id)?.read ?? 0,
    read(id: string, messageId: number): void {
      advance({ type: 'read', id, messageId });
      view.outdate();
    },
    /** Its socket is gone. */
    slept: repeatRead,
    flush: async (): Promise<void> => {
      cancelUnmute();
      await Promise.all([drafts.stop(), own?.keeper.flush()]);
    },
  };
}
