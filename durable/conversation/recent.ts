/**
 * The last entries' senders and ids in memory, so that looking for a repeat near the head of
 * the log reads no row. It covers a contiguous range up to the head; below it the table is asked.
 */
import type { Trace } from './log.ts';

const KEPT_MAX = 4_096;

export class RecentEntries {
  /** Everything above this number is known here. */
  #coveredFrom: number;
  #traces = new Map<string, Trace>();

  constructor(head: number) {
    this.#coveredFrom = head;
  }

  covers(after: number): boolean {
    return after >= this.#coveredFrom;
  }

  get coveredFrom(): number {
    return this.#coveredFrom;
  }

  add(senderId: string, globalId: string, trace: Trace): void {
    if (this.#traces.size >= KEPT_MAX) this.#forgetOlderHalf();
    const { message_id, type, timestamp, target, switched_on } = trace;
    // An id used again long after stands at the end, where the order of the numbers has it.
    this.#traces.delete(key(senderId, globalId));
    this.#traces.set(key(senderId, globalId), { message_id, type, timestamp, target, switched_on });
  }

  find(senderId: string, globalId: string, after: number): Trace | undefined {
    const trace = this.#traces.get(key(senderId, globalId));
    return trace !== undefined && trace.message_id > after ? trace : undefined;
  }

  #forgetOlderHalf(): void {
    const kept = [...this.#traces].slice(KEPT_MAX / 2);
    this.#coveredFrom = kept[0]![1].message_id - 1;
    this.#traces = new Map(kept);
  }
}

const key = (senderId: string, globalId: string): string => senderId + globalId;
