/**
 * One alarm for everything an object has pending. It is never moved later while something
 * earlier waits, and never armed twice for the same moment: arming is a row written.
 */
import type { Database } from './database.ts';

export class Alarms {
  readonly #db: Database;
  #armedAt: number | null = null;

  constructor(db: Database) {
    this.#db = db;
  }

  /** After waking: what the platform still holds. */
  async restore(): Promise<void> {
    this.#armedAt = await this.#db.getAlarm();
  }

  /** The alarm has rung; from here on none is armed. */
  rang(): void {
    this.#armedAt = null;
  }

  /** At `at` (milliseconds since 1970) at the latest. */
  arm(at: number | null): void {
    if (at === null || (this.#armedAt !== null && this.#armedAt <= at)) return;
    this.#armedAt = at;
    this.#db.setAlarm(at);
  }

  get armedAt(): number | null {
    return this.#armedAt;
  }
}

/** How long to wait after the n-th failure in a row: 10 s, doubling, an hour at most. */
export const backoffMs = (failures: number): number => Math.min(10_000 * 2 ** Math.max(0, failures - 1), 3_600_000);
