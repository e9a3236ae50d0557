/**
 * Gathers under load and never makes one wait: the first item is committed at once, and those
 * that come before the timer it armed has fired go together. `schedule` is `setTimeout(0)`.
 */
import { CONTENT_BYTES_MAX, FRAMES_PER_ARRAY_MAX } from '../../protocol/limits.ts';

export const BATCH_ENTRIES_MAX = FRAMES_PER_ARRAY_MAX;
export const BATCH_CHARACTERS_MAX = 16 * CONTENT_BYTES_MAX;

export interface Sized {
  /** Characters of content. */
  size: number;
}

export class Gather<Item extends Sized> {
  readonly #commit: (batch: readonly Item[]) => void;
  readonly #schedule: (callback: () => void) => void;
  #waiting: Item[] = [];
  #size = 0;
  #armed = false;

  constructor(commit: (batch: readonly Item[]) => void, schedule: (callback: () => void) => void) {
    this.#commit = commit;
    this.#schedule = schedule;
  }

  /** Items that came together stay together, as far as a batch holds them. */
  push(items: readonly Item[]): void {
    for (const item of items) {
      if (this.#waiting.length >= BATCH_ENTRIES_MAX || (this.#size + item.size > BATCH_CHARACTERS_MAX && this.#waiting.length > 0))
        this.flush();
      this.#waiting.push(item);
      this.#size += item.size;
    }
    if (this.#armed) return;
    this.flush();
    this.#arm();
  }

  /** Commits what waits. Called before anything else reads or changes the log. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#size = 0;
    this.#commit(batch);
  }

  #arm(): void {
    this.#armed = true;
    this.#schedule(() => {
      this.#armed = false;
      if (this.#waiting.length === 0) return;
      this.flush();
      this.#arm();
    });
  }
}
