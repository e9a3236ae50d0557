/**
 * The last entries' senders and ids in memory, so that looking for a repeat near the head of
 * the log reads no row. It covers a contiguous range up to the head. A search that goes further
 * back brings the rest of its range in, and from then on the whole range of any search is kept:
 * whatever anybody asks for, no entry is read for this twice.
 */
import { DUPLICATE_RANGE_MAX } from '../../protocol/limits.ts';
import type { Trace } from './log.ts';

const KEPT_MAX = 4_096;
/** Half of it is forgotten at once: what is left holds the longest range. */
const KEPT_MAX_ONCE_SEARCHED = 2 * DUPLICATE_RANGE_MAX;

export interface SentTrace extends Trace {
  sender_id: string;
  global_id: string;
}

export class RecentEntries {
  /** Everything above this number is known here. */
  #coveredFrom: number;
  #keptMax = KEPT_MAX;
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

  /** All entries after that number that are not covered yet, oldest first. */
  extend(after: number, entries: readonly SentTrace[]): void {
    const newer = this.#traces;
    this.#traces = new Map();
    this.#keptMax = KEPT_MAX_ONCE_SEARCHED;
    this.#coveredFrom = after;
    for (const entry of entries) this.add(entry.sender_id, entry.global_id, entry);
    for (const [id, trace] of newer) {
      this.#traces.delete(id);
      this.#traces.set(id, trace);
    }
  }

  add(senderId: string, globalId: string, trace: Trace): void {
    if (this.#traces.size >= this.#keptMax) this.#forgetOlderHalf();
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
    const kept = [...this.#traces].slice(this.#keptMax / 2);
    this.#coveredFrom = kept[0]![1].message_id - 1;
    this.#traces = new Map(kept);
  }
}

const key = (senderId: string, globalId: string): string => senderId + globalId;
