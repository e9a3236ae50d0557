/**
 * One conversation on this device: brings together connection, log, outbox and storage.
 * The rules are in the pure modules; here is only the order of things: after a hello the log comes
 * first, then what is in it leaves the outbox, then the rest is sent; and all that one frame from
 * the server changes is shown at once.
 */
import type { LogFrame } from '../../protocol/client-frames.ts';
import type { Stored } from '../../protocol/conversations.ts';
import type { Refusal } from '../../protocol/errors.ts';
import { PAGE_DEFAULT, SYNC_ENTRIES_MAX } from '../../protocol/limits.ts';
import type { Message } from '../../protocol/message.ts';
import type { AckFrame, HelloFrame, ServerFrame } from '../../protocol/server-frames.ts';
import type { ApiClient } from './api.ts';
import { createDriver } from './driver.ts';
import { refusalOf } from './error.ts';
import { decode, entryOf } from './frames.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import { NOBODY, greeted, joined, received } from './members.ts';
import { createSource } from './observable.ts';
import type { Entry } from './outbox.ts';
import { createQueue } from './queue.ts';
import { recoveryFor } from './recovery.ts';
import { createSignals, createTypists } from './signals.ts';
import type { ClientStorage } from './storage.ts';
import { EMPTY, apply, hasHole, hasOlder, type Event } from './timeline.ts';
import type { Environment } from './types.ts';
import { createView } from './view.ts';

export interface ConversationHost {
  api: ApiClient;
  environment: Environment;
  storage: ClientStorage;
  userId(): Promise<string>;
  socketUrl(id: string, afterMessageId: number): Promise<string>;
}

export type Conversation = ReturnType<typeof createConversation>;

export function createConversation(id: string, host: ConversationHost) {
  const { api, environment, storage } = host;
  let timeline = EMPTY;
  let details = NOBODY;
  /** Known once the storage has been read. */
  let own: { userId: string; keeper: Keeper } | undefined;
  let loading: Promise<void> | undefined;
  /** The hello of this connection; undefined until it comes and after the connection is gone. */
  let hello: HelloFrame | undefined;
  /** The socket itself brings everything up to here. */
  let promised = 0;
  /** The connection for which a hole is being filled. */
  let filling: HelloFrame | undefined;
  let loadingOlder: Promise<{ has_more: boolean }> | undefined;

  const makeView = createView();
  const typists = createTypists(environment, () => view.outdate());
  const view = createSource(
    () => makeView(timeline, queue.state(), details, typists.list()),
    () => openWhenIdle(),
  );
  const status = createSource(() => driver.status());
  const signals = createSignals(environment, (frame) => driver.send(JSON.stringify(frame)));
  const queue = createQueue({
    id,
    environment,
    storage,
    send: (frame) => driver.send(JSON.stringify(frame)),
    onStuck: () => driver.dispatch({ type: 'restart', now: false }),
    onChange: () => view.outdate(),
  });
  const driver = createDriver(environment, {
    prepare,
    ask: () => api.describe(id),
    onText,
    onStatus({ state }) {
      if (state !== 'online') hangUp();
      status.outdate();
    },
  });

  /** Does what a change calls for, then shows it. */
  function update(change: () => void): void {
    change();
    if (hello && needsFill()) void fill(hello);
    if (hello && !hasHole(timeline)) queue.open(timeline.last);
    view.outdate();
  }

  function openWhenIdle(): void {
    if (driver.status().state === 'idle') driver.dispatch({ type: 'open' });
  }

  function hangUp(): void {
    hello = filling = undefined;
    queue.shut();
    signals.shut();
    typists.clear();
    view.outdate();
  }

  // Before the socket

  async function prepare(): Promise<string> {
    await load();
    if (!timeline.ready) {
      const page = await api.history(id, { limit: PAGE_DEFAULT, events: true });
      update(() => advance({ type: 'newest', page }));
    }
    return host.socketUrl(id, timeline.last);
  }

  function load(): Promise<void> {
    if (loading) return loading;
    loading = read();
    loading.catch(() => (loading = undefined));
    return loading;
  }

  async function read(): Promise<void> {
    const userId = await host.userId();
    const [copy, frames] = await Promise.all([storage.timeline(userId, id), storage.outbox(userId, id)]);
    own = { userId, keeper: createKeeper(storage, userId, id, onKept) };
    update(() => {
      if (copy) timeline = apply(timeline, { type: 'restored', ...copy }).state;
      if (copy?.details) details = { ...copy.details, read: Math.max(copy.details.read, details.read) };
      signals.read(details.read);
      queue.restore(userId, frames);
      // The process may have ended between the two: in the log, and not yet out of the outbox.
      queue.settle(timeline.messages, userId);
    });
  }

  /** A device has an entry when it is on its disk. */
  function onKept(last: number): void {
    if (timeline.messages.some((message) => message.sender_id !== own?.userId)) signals.delivered(last);
  }

  // The log

  function advance(event: Event): void {
    const before = timeline;
    const { state, changed, added } = apply(timeline, event);
    timeline = state;
    if (own) queue.settle(added, own.userId);
    if (hello) details = joined(details, added, hello.last_message_id);
    if (event.type === 'entries') for (const { sender_id } of added) typists.heard(sender_id, false);
    if (state.last !== before.last || state.first !== before.first || state.epoch !== before.epoch) own?.keeper.note(changed, state);
  }

  /** What the socket has promised is on its way; what it cannot bring has to be fetched. */
  const needsFill = () => hasHole(timeline) && (timeline.head > promised || timeline.held.size > 0);

  async function fill(connection: HelloFrame): Promise<void> {
    if (filling === connection) return;
    filling = connection;
    try {
      const { last } = timeline;
      const page = await api.sync(id, last, SYNC_ENTRIES_MAX);
      if (hello !== connection) return;
      filling = undefined;
      if (page.messages.length === 0 && timeline.last === last) return startOver();
      update(() => advance({ type: 'entries', entries: page.messages }));
    } catch (error) {
      if (hello === connection) driver.dispatch({ type: 'refused', refusal: refusalOf(error) });
    }
  }

  /** Another log than ours: the copy goes, what was typed stays. */
  function startOver(): void {
    own?.keeper.reset();
    advance({ type: 'dropped' });
    driver.dispatch({ type: 'restart', now: true });
  }

  async function fetchOlder(): Promise<{ has_more: boolean }> {
    const before = timeline.first;
    advance({ type: 'older_asked' });
    try {
      const page = await api.history(id, { before, limit: PAGE_DEFAULT, events: true });
      update(() => advance({ type: 'older', before, page }));
    } catch (error) {
      advance({ type: 'older_failed' });
      throw error;
    }
    return { has_more: hasOlder(timeline) };
  }

  /** `stale`: the server cannot tell whether it has the frame, so the log itself is asked. */
  async function search(connection: HelloFrame, { global_id, after_message_id = 0 }: LogFrame): Promise<void> {
    try {
      for (let after = Math.min(after_message_id, timeline.last), more = true; more;) {
        const page = await api.sync(id, after, SYNC_ENTRIES_MAX);
        if (hello !== connection) return;
        after = page.messages.at(-1)?.message_id ?? after;
        more = page.has_more;
        if (own) queue.settle(page.messages, own.userId);
        if (!more) queue.stamp(global_id, after);
        view.outdate();
      }
    } catch (error) {
      if (hello === connection) driver.dispatch({ type: 'refused', refusal: refusalOf(error) });
    }
  }

  // Frames

  function onText(text: string): boolean {
    update(() => {
      const entries: Message[] = [];
      for (const frame of decode(text)) onFrame(frame, entries);
      if (entries.length > 0) advance({ type: 'entries', entries });
    });
    return hello !== undefined;
  }

  /** Entries of one text are gathered, so that a burst costs one step. */
  function onFrame(frame: ServerFrame, entries: Message[]): void {
    switch (frame.op) {
      case 'hello':
        return onHello(frame);
      case 'message':
        entries.push(frame.message);
        return;
      case 'ack':
        return onAck(frame, entries);
      case 'nack': {
        const doubtful = queue.nacked(frame);
        if (doubtful && hello) void search(hello, doubtful);
        return;
      }
      case 'receipts':
        details = received(details, frame.receipts);
        return;
      case 'typing':
        if (frame.user_id !== own?.userId) typists.heard(frame.user_id, frame.on);
        return;
      case 'error':
        // About a frame that could not be understood; one that mattered is missed, and sent again.
        return;
    }
  }

  function onHello(frame: HelloFrame): void {
    const recovery = recoveryFor(timeline, frame);
    if (recovery.action === 'start_over') return startOver();
    hello = frame;
    promised = recovery.action === 'follow' ? frame.last_message_id : 0;
    details = greeted(details, frame, own?.userId ?? '');
    own?.keeper.noteDetails(details);
    advance({ type: 'epoch', epoch: frame.epoch });
    advance({ type: 'head', number: frame.last_message_id });
    signals.greeted(frame.receipts.find(({ user_id }) => user_id === own?.userId));
  }

  function onAck(ack: AckFrame, entries: Message[]): void {
    const entry = queue.find(ack.global_id);
    const last = Math.max(timeline.last, entries.at(-1)?.message_id ?? 0);
    queue.answered({ global_id: ack.global_id, message_id: ack.message_id, timestamp: ack.timestamp });
    if (entry && ack.message_id <= last) return void queue.remove([ack.global_id]);
    const message = entry && ack.message_id === last + 1 ? entryOf(entry.frame, ack, id, own?.userId ?? '') : null;
    if (message) entries.push(message);
    // The log itself has to tell what stands there; until then the entry stays where it is.
    else advance({ type: 'head', number: ack.message_id });
  }

  return {
    view,
    status,
    open: () => driver.dispatch({ type: 'open' }),
    close: () => driver.dispatch({ type: 'close' }),

    /** `refusal`: what the server would say anyway. */
    add(frame: LogFrame, refusal?: Refusal): { entry: Entry; stored: Promise<Stored> } {
      const added = queue.add(timeline.ready ? { ...frame, after_message_id: timeline.last } : frame, refusal);
      openWhenIdle();
      view.outdate();
      return added;
    },
    retry: (globalId: string) => update(() => queue.retry(globalId)),
    async discard(globalId: string): Promise<void> {
      if (queue.find(globalId)?.refusal === undefined) return;
      const removed = queue.remove([globalId]);
      view.outdate();
      await removed;
    },
    async loadOlder(): Promise<{ has_more: boolean }> {
      if (!hasOlder(timeline)) return { has_more: false };
      loadingOlder ??= fetchOlder().finally(() => (loadingOlder = undefined));
      return loadingOlder;
    },
    markRead(messageId: number): void {
      if (messageId <= details.read) return;
      details = { ...details, read: messageId };
      own?.keeper.noteDetails(details);
      signals.read(messageId);
    },
    setTyping: (on: boolean) => signals.typing(on),
    flush: async (): Promise<void> => own?.keeper.flush(),
  };
}
