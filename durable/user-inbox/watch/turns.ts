/**
 * How often a user's object looks up whom it may watch: a bucket for all devices together. Who comes
 * too often is not refused, for people scroll: the last that was asked under a key is done when its turn comes.
 */
import { WATCH_BURST, WATCH_RATE_PER_SECOND } from '../../../protocol/limits.ts';
import { fullBucket, scaledRate, takeToken, type Bucket, type Rate } from '../../kit/token-bucket.ts';

export interface TurnsDeps {
  rateFactor: number;
  schedule(callback: () => void, delayMs: number): void;
  now(): number;
}

export class WatchTurns {
  readonly #deps: TurnsDeps;
  readonly #rate: Rate;
  readonly #bucket: Bucket;
  /** One work a key, and a timer while there is any. */
  readonly #waiting = new Map<unknown, () => void>();

  constructor(deps: TurnsDeps) {
    this.#deps = deps;
    this.#rate = scaledRate({ burst: WATCH_BURST, perSecond: WATCH_RATE_PER_SECOND }, deps.rateFactor);
    this.#bucket = fullBucket(this.#rate, deps.now());
  }

  /** Now, or in its turn: then in place of what waits under this key. */
  take(key: unknown, work: () => void): void {
    if (this.#waiting.size === 0) {
      const wait = takeToken(this.#bucket, this.#rate, this.#deps.now());
      if (wait === 0) return work();
      this.#later(wait);
    }
    this.#waiting.set(key, work);
  }

  forget(key: unknown): void {
    this.#waiting.delete(key);
  }

  #later(seconds: number): void {
    this.#deps.schedule(() => this.#next(), seconds * 1_000);
  }

  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    const [key, work] = first;
    const wait = takeToken(this.#bucket, this.#rate, this.#deps.now());
    if (wait === 0) this.#waiting.delete(key);
    if (this.#waiting.size > 0) this.#later(Math.max(1, wait));
    if (wait === 0) work();
  }
}
