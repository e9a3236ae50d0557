/**
 * One alarm for everything an object has pending. It is never moved later while something
 * earlier waits, and never armed twice for the same moment: arming is a row written.
 */
import type { Database } from './database.ts';

export class Alarms {
  readonly #db: Database;
  #armedAt: number | null = null;
  /** Rings in a row that threw. */
  #failures = 0;

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

  /** Does what the alarm is for. Never throws: the platform drops an alarm whose handler has failed six times, and then nothing comes. */
  async ring(work: () => Promise<void>, now: () => number, onError: (error: unknown) => void): Promise<void> {
    this.rang();
    try {
      await work();
      this.#failures = 0;
    } catch (error) {
      onError(error);
      this.#failures += 1;
      this.arm(now() + backoffMs(this.#failures));
    }
  }

  /** After waking: should the platform have dropped the alarm, what is pending gets a new one. Nothing pending is nothing written. */
  resume(nextAt: () => number | null, onError: (error: unknown) => void): void {
    if (this.#armedAt !== null) return;
    try {
      this.arm(nextAt());
    } catch (error) {
      // An object that cannot say what it waits for must wake all the same.
      onError(error);
    }
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

/** So many failures in a row are a day of them: 85 minutes of doubling, then 23 hours. */
export const GIVEN_UP_FAILURES = 33;

/**
 * When a sink that failed is tried again; null when it was given up and nothing has happened since.
 * @param retryAt the last failure and its pause @param movedAt when something happened last
 */
export function retryDueAt(failures: number, retryAt: number, movedAt: number): number | null {
  const failedAt = retryAt - backoffMs(failures);
  return failures >= GIVEN_UP_FAILURES && movedAt <= failedAt ? null : retryAt;
}
