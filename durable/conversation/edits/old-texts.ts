/**
 * Edits from before kept their texts. When their message is deleted nobody is served them any more,
 * and they are blanked here, so many a turn, in the log and then in the archive: the place in the
 * chain moves when both have it. A follower like the others: the alarm brings it on until it is done.
 */
import { backoffMs } from '../../kit/alarms.ts';
import { CALL_TIMEOUT_MS } from '../../kit/calls.ts';
import type { EntryRecord, OldTextsRecord } from '../schema.ts';
import type { ConversationStore } from '../store.ts';

/** Rows of one turn: without text they are far below what the archive takes at once. */
export const OLD_TEXTS_PER_TURN = 500;
const PAUSE_MS = 1_000;
/** About a day of trying: then it waits until something happens here. */
const FAILURES_MAX = 32;

export interface OldTextsDeps {
  store: ConversationStore;
  /** Null: there is no archive. */
  archive: ((rows: EntryRecord[]) => Promise<void>) | null;
  now(): number;
  onError(error: unknown): void;
}

export class OldTexts {
  readonly #deps: OldTextsDeps;
  #startedAt: number | null = null;
  /** Undefined: unknown; null: nothing is to be blanked. */
  #chain: OldTextsRecord | null | undefined;

  constructor(deps: OldTextsDeps) {
    this.#deps = deps;
  }

  /** A deletion has left some. */
  found(): void {
    this.#chain = undefined;
  }

  nextAt(): number | null {
    if (this.#startedAt !== null) return this.#startedAt + CALL_TIMEOUT_MS;
    const chain = this.#next();
    return chain === null || chain.failures >= FAILURES_MAX ? null : chain.retry_at;
  }

  async drain(): Promise<void> {
    const { store, archive, now, onError } = this.#deps;
    const chain = this.#startedAt === null ? this.#next() : null;
    if (chain === null || chain.retry_at > now()) return;
    this.#startedAt = now();
    try {
      const rows = store.transaction(() => this.#blank(chain));
      const next = rows.at(-1)?.prev_change ?? null;
      try {
        // All of them: a batch with their texts may be on its way, and what is blank there stays so.
        await archive?.(rows);
        this.#move(chain, next);
      } catch (error) {
        onError(error);
        const failures = chain.failures + 1;
        store.putOldTexts({ ...chain, failures, retry_at: now() + backoffMs(failures) });
      }
    } finally {
      this.#chain = undefined;
      this.#startedAt = null;
    }
  }

  #next(): OldTextsRecord | null {
    if (this.#chain === undefined) this.#chain = this.#deps.store.oldTexts() ?? null;
    return this.#chain;
  }

  /** The next of the chain, blank from now on. */
  #blank({ edit, deleted_by }: OldTextsRecord): EntryRecord[] {
    const { store } = this.#deps;
    const rows: EntryRecord[] = [];
    for (let number: number | null = edit; number !== null && rows.length < OLD_TEXTS_PER_TURN;) {
      const row = store.entry(number);
      if (row === undefined) break;
      const set = { content: '', changed_by: deleted_by };
      if (row.changed_by !== deleted_by) store.change({ message_id: number, set });
      rows.push({ ...row, ...set });
      number = row.prev_change;
    }
    return rows;
  }

  #move({ edit, deleted_by }: OldTextsRecord, next: number | null): void {
    const { store, now } = this.#deps;
    store.transaction(() => {
      store.deleteOldTexts(edit);
      if (next !== null) store.putOldTexts({ edit: next, deleted_by, failures: 0, retry_at: now() + PAUSE_MS });
    });
  }
}
