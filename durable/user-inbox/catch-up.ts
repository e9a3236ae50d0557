/**
 * While nobody was there, conversations told less and less often. When somebody comes, those whose
 * rows may lag are asked for their exact state; what they answer is merged and told like any news.
 */
import { concurrently } from '../kit/in-parallel.ts';
import { fullBucket, scaledRate, takeToken, type Bucket, type Rate } from '../kit/token-bucket.ts';
import type { Delivery } from './api.ts';
import type { Rows } from './rows.ts';
import type { InboxStore } from './store.ts';

export interface CatchUpDeps {
  store: InboxStore;
  rows: Rows;
  exact(conversationId: string, live: boolean): Promise<Delivery | null>;
  rateFactor: number;
  schedule(callback: () => void, delayMs: number): void;
  now(): number;
  onError(error: unknown): void;
}

const CHUNK = 50;
/** Rows of one user that are asked at most when a device comes; the next one asks the rest. */
const ROWS_MAX = 1_000;
/** Who asks by HTTP leaves the rows as they are, so asking is bounded. */
const HTTP_RATE: Rate = { burst: 30, perSecond: 1 };
const SLOW_MS = 1_000;
/** A conversation that did not answer, as in a deploy, is asked again so often before the next device comes. */
const RETRY_AFTER_MS = [2_000, 8_000] as const;

export class CatchUp {
  readonly #deps: CatchUpDeps;
  #running: Promise<void> | null = null;
  #again = false;
  /** Rounds in a row in which some did not answer. */
  #failedRounds = 0;
  readonly #httpRate: Rate;
  readonly #httpBucket: Bucket;
  /** The present round, and whether somebody waited too long behind it. */
  #asking: Promise<boolean> = Promise.resolve(false);
  /** Begins when the present one has ended: what has happened since is in it. */
  #next: Promise<void> | null = null;

  constructor(deps: CatchUpDeps) {
    this.#deps = deps;
    this.#httpRate = scaledRate(HTTP_RATE, deps.rateFactor);
    this.#httpBucket = fullBucket(this.#httpRate, deps.now());
  }

  /** A device has come. Never throws; what could not be asked keeps its mark for the next one. */
  live(): Promise<void> {
    if (this.#running !== null) {
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#all().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /**
   * Somebody asks by HTTP: as it is now, unless they ask all the time. Several at once share one round, and nobody
   * waits for a second one behind a round in which somebody did not answer.
   */
  async once(): Promise<void> {
    this.#next ??= this.#asking.then((wasSlow) => {
      this.#next = null;
      if (!wasSlow) return this.#round();
      this.#asking = Promise.resolve(false);
      return undefined;
    });
    await this.#next;
  }

  #round(): Promise<void> {
    const { now } = this.#deps;
    const startedAt = now();
    const round = this.#askNow();
    const isWaitedFor = (): boolean => this.#next !== null && now() - startedAt > SLOW_MS;
    // One that failed is over like any other.
    this.#asking = round.then(isWaitedFor, () => false);
    return round;
  }

  async #askNow(): Promise<void> {
    const { store, now } = this.#deps;
    const ids = store.atLeast(CHUNK);
    if (ids.length > 0 && takeToken(this.#httpBucket, this.#httpRate, now()) === 0) await this.#ask(ids, false);
  }

  async #all(): Promise<void> {
    const asked = new Set<string>();
    let failures = 0;
    do {
      this.#again = false;
      const ids = this.#deps.store.atLeast(ROWS_MAX).filter((id) => !asked.has(id));
      for (let from = 0; from < ids.length; from += CHUNK) {
        const chunk = ids.slice(from, from + CHUNK);
        for (const id of chunk) asked.add(id);
        failures += await this.#ask(chunk, true);
      }
    } while (this.#again);
    this.#failedRounds = failures === 0 ? 0 : this.#failedRounds + 1;
    const retryAfterMs = RETRY_AFTER_MS[this.#failedRounds - 1];
    if (retryAfterMs !== undefined) this.#deps.schedule(() => void this.live(), retryAfterMs);
  }

  /** @returns how many did not answer */
  async #ask(ids: readonly string[], live: boolean): Promise<number> {
    const { exact, rows, store, onError } = this.#deps;
    let failures = 0;
    const ask = async (id: string): Promise<void> => {
      const delivery = await exact(id, live);
      if (delivery !== null) rows.take(delivery, live);
      // It knows nothing of this user: there will never be more.
      else store.setAtLeast(id, false);
    };
    await concurrently(ids, ask, (error) => {
      failures += 1;
      onError(error);
    });
    return failures;
  }
}
