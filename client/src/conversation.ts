/**
 * One conversation on this device: brings together connection, log, outbox and storage.
 * The rules are in the pure modules; here is only the order of things: after a hello the log comes
 * first, then what is in it leaves the outbox, then the rest is sent; and all that one frame from
 * the server changes is shown at once.
 */
import type { LogFrame } from '../../protocol/client-frames.ts';
import type { Stored } from '../../protocol/conversations.ts';
import type { Refusal } from '../../protocol/errors.ts';
import type { Message } from '../../protocol/message.ts';
import type { AckFrame, HelloFrame, ServerFrame } from '../../protocol/server-frames.ts';
import type { ConversationHost } from './conversation-host.ts';
import { digestOf } from './digest.ts';
import { createDriver } from './driver.ts';
import { refusalOf } from './error.ts';
import { createFetches } from './fetches.ts';
import { decode, entryOf, isOfAnother } from './frames.ts';
import { OTHER_USER } from './identity.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import { NOBODY, greeted, joined, received } from './members.ts';
import { createSource } from './observable.ts';
import { once } from './once.ts';
import { isBusy, type Entry } from './outbox.ts';
import { createQueue } from './queue.ts';
import { recoveryFor } from './recovery.ts';
import { createSignals, createTypists } from './signals.ts';
import { EMPTY, apply, hasHole, type Event } from './timeline.ts';
import { createView } from './view.ts';

export type Conversation = ReturnType<typeof createConversation>;

export function createConversation(id: string, host: ConversationHost) {
  const { api, environment, storage } = host;
  let timeline = EMPTY;
  let details = NOBODY;
  /** Known once the storage has been read. */
  let own: { userId: string; keeper: Keeper } | undefined;
  /** The hello of this connection; undefined until it comes and after the connection is gone. */
  let hello: HelloFrame | undefined;
  /** Time of the last log entry seen, changes included. */
  let updatedAt = 0;
  /** What the digest was made of. */
  let digested: readonly unknown[] = [];

  const load = once(read);
  const makeView = createView();
  const typists = createTypists(environment, () => view.outdate());
  const view = createSource(
    () => makeView(timeline, queue.state(), details, typists.list()),
    () => {
      if (driver.status().state === 'idle' && !host.statusAsleep(id)) host.open(id);
    },
  );
  const status = createSource(() => host.statusAsleep(id) ?? driver.status());
  const signals = createSignals(environment, (...frames) => driver.send(JSON.stringify(frames)));
  const queue = createQueue({
    id,
    environment,
    storage,
    send: (frame) => driver.send(JSON.stringify(frame)),
    onStuck: () => driver.dispatch({ type: 'restart', now: false }),
    onChange() {
      view.outdate();
      host.onQueue();
    },
  });
  const fetches = createFetches({
    id,
    api,
    timeline: () => timeline,
    hello: () => hello,
    advance,
    update: (event) => update(() => advance(event)),
    settle(entries) {
      if (own) queue.settle(entries, own.userId);
      view.outdate();
    },
    stamp: queue.stamp,
    startOver,
    refused: (error) => driver.dispatch({ type: 'refused', refusal: refusalOf(error) }),
  });
  const driver = createDriver(environment, {
    prepare,
    ask: () => api.describe(id),
    onText,
    onStatus({ state }) {
      if (state !== 'online') hangUp();
      if (state === 'ended') host.onEnded(id);
      status.outdate();
    },
  });

  /** Does what a change calls for, then shows it. */
  function update(change: () => void): void {
    change();
    fetches.fillWhenNeeded();
    if (hello && !hasHole(timeline)) queue.open(timeline.last);
    digest();
    view.outdate();
    host.onQueue();
  }

  function digest(): void {
    const from = [timeline.messages, timeline.last, details.read];
    if (!own || from.every((part, index) => part === digested[index])) return;
    digested = from;
    host.onDigest(id, digestOf(timeline, details.read, own.userId, updatedAt));
  }

  function openToSend(): void {
    if (driver.status().state === 'idle') host.open(id);
  }

  function hangUp(): void {
    hello = undefined;
    fetches.shut();
    queue.shut();
    signals.shut();
    typists.clear();
    view.outdate();
  }

  // Before the socket

  async function prepare(): Promise<string> {
    await load();
    if (!timeline.ready) await fetches.newest();
    return host.socketUrl(id, timeline.last);
  }

  async function read(): Promise<void> {
    const userId = await host.userId();
    const device = await host.deviceId();
    const [copy, frames] = await Promise.all([storage.timeline(userId, id), storage.outbox(userId, id)]);
    own = { userId, keeper: createKeeper(storage, userId, id, onKept) };
    update(() => {
      if (copy) timeline = apply(timeline, { type: 'restored', ...copy }).state;
      if (copy?.details) details = { ...copy.details, read: Math.max(copy.details.read, details.read) };
      signals.read(details.read);
      queue.restore(userId, device, frames);
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
    updatedAt = Math.max(event.type === 'dropped' ? 0 : updatedAt, added.at(-1)?.timestamp ?? 0);
    if (hello) details = joined(details, added, hello.last_message_id);
    if (event.type === 'entries') for (const { sender_id } of added) typists.heard(sender_id, false);
    if (state.last !== before.last || state.first !== before.first || state.epoch !== before.epoch) own?.keeper.note(changed, state);
  }

  /** Another log than ours: the copy goes, what was typed stays. */
  function startOver(): void {
    own?.keeper.reset();
    advance({ type: 'dropped' });
    driver.dispatch({ type: 'restart', now: true });
  }

  // Frames

  function onText(text: string): boolean {
    const frames = decode(text);
    if (isOfAnother(frames, own?.userId)) host.onOtherUser();
    else update(() => take(frames));
    return hello !== undefined;
  }

  /** Entries of one text are gathered, so that a burst costs one step. */
  function take(frames: readonly ServerFrame[]): void {
    const entries: Message[] = [];
    // What comes before the hello is nobody's yet.
    for (const frame of frames) if (hello || frame.op === 'hello') onFrame(frame, entries);
    if (entries.length > 0) advance({ type: 'entries', entries });
  }

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
        if (doubtful) void fetches.search(doubtful);
        return;
      }
      case 'receipts':
        details = received(details, frame.receipts);
        return;
      case 'typing':
        if (frame.user_id !== own?.userId) typists.heard(frame.user_id, frame.on, frame.what);
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
    fetches.promise(recovery.action === 'follow' ? frame.last_message_id : 0);
    details = greeted({ ...details, read: Math.max(details.read, host.readOf(id)) }, frame, own?.userId ?? '');
    signals.read(details.read);
    if (timeline.ready) own?.keeper.noteDetails(details, timeline);
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
    connect: () => driver.dispatch({ type: 'open' }),
    disconnect: () => driver.dispatch({ type: 'close' }),
    isOnline: (): boolean => hello !== undefined,
    isBusy: (): boolean => isBusy(queue.state()),
    outdateStatus: status.outdate,
    /** The credential is another user's. */
    disown: () => driver.dispatch({ type: 'refused', refusal: OTHER_USER }),

    /** Entries from elsewhere, for one that has no socket. True: they are looked after here. */
    feed(entries: readonly Message[]): boolean {
      if (!timeline.ready) return false;
      update(() => advance({ type: 'entries', entries }));
      return true;
    },
    /** Read up to here on another device. */
    readElsewhere(messageId: number): void {
      if (!timeline.ready || messageId <= details.read) return;
      update(() => (details = { ...details, read: messageId }));
    },

    /** `refusal`: what the server would say anyway. */
    add(frame: LogFrame, refusal?: Refusal): { entry: Entry; stored: Promise<Stored> } {
      const added = queue.add(timeline.ready ? { ...frame, after_message_id: timeline.last } : frame, refusal);
      openToSend();
      view.outdate();
      return added;
    },
    retry(globalId: string): void {
      update(() => queue.retry(globalId));
      openToSend();
    },
    async discard(globalId: string): Promise<void> {
      if (queue.find(globalId)?.refusal === undefined) return;
      const removed = queue.remove([globalId]);
      view.outdate();
      await removed;
    },
    loadOlder: fetches.older,
    markRead(messageId: number): void {
      if (messageId <= details.read) return;
      update(() => (details = { ...details, read: messageId }));
      if (timeline.ready) own?.keeper.noteDetails(details, timeline);
      signals.read(messageId);
      host.onRead(id, messageId);
    },
    setTyping: signals.typing,
    flush: async (): Promise<void> => own?.keeper.flush(),
  };
}
