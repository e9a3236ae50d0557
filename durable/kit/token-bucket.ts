/** A token bucket: `burst` at once, `perSecond` sustained. Kept in memory only: it is full again before an object can hibernate. */

export interface Rate {
  burst: number;
  perSecond: number;
}

export interface Bucket {
  tokens: number;
  at: number;
}

export const fullBucket = (rate: Rate, now: number): Bucket => ({ tokens: rate.burst, at: now });

/** Takes a token. @returns 0 when it was there, else the whole seconds until it will be. */
export function takeToken(bucket: Bucket, rate: Rate, now: number): number {
  bucket.tokens = Math.min(rate.burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * rate.perSecond);
  bucket.at = now;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return 0;
  }
  return Math.max(1, Math.ceil((1 - bucket.tokens) / rate.perSecond));
}

/** `LIMITS=relaxed` makes every rate a hundred times higher. */
export const scaledRate = (rate: Rate, factor: number): Rate => ({ burst: rate.burst * factor, perSecond: rate.perSecond * factor });

const KEPT_MAX = 1_000;

/** A bucket for each key. One that is full again is as good as none, so many keys cost no memory for long. */
export class RateLimiter<Key> {
  readonly #rate: Rate;
  readonly #buckets = new Map<Key, Bucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** @returns 0 when there was a token, else the whole seconds until there will be */
  take(key: Key, now: number): number {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      if (this.#buckets.size >= KEPT_MAX) this.#forgetFull(now);
      bucket = fullBucket(this.#rate, now);
      this.#buckets.set(key, bucket);
    }
    return takeToken(bucket, this.#rate, now);
  }

  #forgetFull(now: number): void {
    const { burst, perSecond } = this.#rate;
    for (const [key, { tokens, at }] of this.#buckets) if (tokens + ((now - at) / 1000) * perSecond >= burst) this.#buckets.delete(key);
  }
}
