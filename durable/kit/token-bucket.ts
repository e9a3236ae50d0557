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
