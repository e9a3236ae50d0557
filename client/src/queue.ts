/**
 * The outbox at work: its state, the device's storage, the answers people wait for, and one timer.
 * What may go out when is decided in outbox.ts. A frame is stored before it is sent, unless the disk refuses it.
 */
import type { LogFrame } from '../../protocol/client-frames.ts';
import type { Stored } from '../../protocol/conversations.ts';
import type { Refusal } from '../../protocol/errors.ts';
import type { Message } from '../../protocol/message.ts';
import type { NackFrame } from '../../protocol/server-frames.ts';
import { NatterError } from './error.ts';
import { apply, dueAt, EMPTY, isBusy, isOverdue, isStuck, nextFrame, type Entry, type Event, type State } from './outbox.ts';
import type { ClientStorage, QueuedFrame } from './storage.ts';
import type { Environment } from './types.ts';

export interface QueueHost {
  id: string;
  environment: Environment;
  storage: ClientStorage;
  send(frame: LogFrame): void;
  /** The link lives, but nothing more can be had of it: begin anew. */
  onStuck(): void;
  onChange(): void;
}

export function createQueue({ id, environment, storage, send, onStuck, onChange }: QueueHost) {
  let state: State = EMPTY;
  /** Known once the storage has been read. */
  let owner: string | undefined;
  let cancelTimer = () => {};
  /** Programs on one storage take turns, so that what is queued is sent by one of them. */
  let lockName = '';
  let lock: { isOurs: boolean; giveBack: () => void } | undefined;
  const answers = new Map<string, PromiseWithResolvers<Stored>>();

  const find = (globalId: string): Entry | undefined => state.entries.find(({ frame }) => frame.global_id === globalId);

  /** Moves, sends what may now be sent, and looks again when time alone may change the answer. */
  function move(event?: Event): void {
    const now = environment.now();
    if (event) state = apply(state, event, now);
    if (isStuck(state)) onStuck();
    const next = nextFrame(state, now);
    if (next && isOurTurn()) {
      state = apply(state, { type: 'sent', globalId: next.frame.global_id }, now);
      send(next.frame);
    }
    if (!state.open || !isBusy(state)) giveBack();
    cancelTimer();
    const due = dueAt(state, now);
    cancelTimer = due === null ? () => {} : environment.setTimer(onTimer, Math.max(0, due - now));
  }

  function isOurTurn(): boolean {
    if (!environment.lock || lock?.isOurs) return true;
    if (lock) return false;
    const mine = { isOurs: false, giveBack: () => {} };
    lock = mine;
    mine.giveBack = environment.lock(lockName, () => {
      mine.isOurs = true;
      if (lock === mine) move();
    });
    return mine.isOurs;
  }

  function giveBack(): void {
    lock?.giveBack();
    lock = undefined;
  }

  function onTimer(): void {
    if (isOverdue(state, environment.now())) return onStuck();
    move();
    onChange();
  }

  async function keep({ stored: _stored, volatile: _volatile, ...queued }: Entry): Promise<void> {
    // Not yet read: reading ends with keeping whatever was typed meanwhile, in its place.
    if (owner === undefined) return;
    const { frame } = queued;
    const written = storage.putOutbox(owner, id, [queued satisfies QueuedFrame]);
    // A full disk keeps nobody from writing: what reaches the server is not lost.
    const volatile = await written.then(
      () => false,
      () => true,
    );
    move({ type: 'stored', frame, volatile });
    onChange();
  }

  function refuse(globalId: string, refusal: Refusal): void {
    answers.get(globalId)?.reject(new NatterError(refusal));
    move({ type: 'refused', globalId, refusal });
  }

  function remove(globalIds: string[]): Promise<void> {
    for (const globalId of globalIds) answers.delete(globalId);
    move({ type: 'removed', globalIds: new Set(globalIds) });
    // What stays behind is recognised by the server, so a failure here does no harm.
    return owner === undefined ? Promise.resolve() : storage.removeOutbox(owner, id, globalIds).catch(() => {});
  }

  function stamp(globalId: string, after: number): void {
    move({ type: 'stamped', globalId, after });
    const entry = find(globalId);
    if (entry) void keep(entry);
  }

  return {
    state: (): State => state,
    find,
    remove,

    /** `device`: the same for all that share a storage. */
    restore(userId: string, device: string, frames: QueuedFrame[]): void {
      owner = userId;
      lockName = `natter/outbox/${device}/${userId}/${id}`;
      move({ type: 'restored', frames });
      for (const entry of state.entries) if (!entry.stored) void keep(entry);
    },

    /** `refusal`: what the server would say; it is not asked. */
    add(frame: LogFrame, refusal?: Refusal): { entry: Entry; stored: Promise<Stored> } {
      const answer = Promise.withResolvers<Stored>();
      // Whoever does not look at the answer still sees the entry's state.
      answer.promise.catch(() => {});
      answers.set(frame.global_id, answer);
      move({ type: 'added', frame });
      if (refusal) refuse(frame.global_id, refusal);
      const entry = find(frame.global_id)!;
      void keep(entry);
      return { entry, stored: answer.promise };
    },

    /** The log is in up to `last`. Nothing can have been sent that has no stamp yet, so this is one. */
    open(last: number): void {
      if (state.open) return;
      for (const { frame } of state.entries) if (frame.after_message_id === undefined) stamp(frame.global_id, last);
      move({ type: 'opened' });
    },

    shut: () => move({ type: 'shut' }),

    answered: (answer: Stored) => answers.get(answer.global_id)?.resolve(answer),

    /** What is in the log leaves the outbox, however it got there. */
    settle(entries: readonly Message[], userId: string): void {
      const queued = new Set(state.entries.map(({ frame }) => frame.global_id));
      const found = entries.filter((entry) => entry.sender_id === userId && queued.has(entry.global_id));
      if (found.length === 0) return;
      for (const { global_id, message_id, timestamp } of found) answers.get(global_id)?.resolve({ global_id, message_id, timestamp });
      void remove(found.map(({ global_id }) => global_id));
    },

    /** Returns the frame whose fate only the log can tell: search it, then `stamp` it. */
    nacked(nack: NackFrame): LogFrame | null {
      const isKnown = state.stale === nack.global_id;
      move({ type: 'nack', nack });
      const entry = find(nack.global_id);
      if (state.stale === nack.global_id) return isKnown ? null : (entry?.frame ?? null);
      if (entry?.refusal === undefined) return null;
      answers.get(nack.global_id)?.reject(new NatterError(entry.refusal));
      // The text of a message is kept; that of an edit is still with whoever asked for it.
      void (entry.frame.op === 'send' ? keep(entry) : remove([nack.global_id]));
      return null;
    },

    stamp,

    retry(globalId: string): void {
      move({ type: 'retried', globalId });
      const entry = find(globalId);
      if (entry) void keep(entry);
    },
  };
}
