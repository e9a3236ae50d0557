import { describe, expect, it } from 'vitest';
import { fullBucket, RateLimiter, scaledRate, takeToken } from '../../../durable/kit/token-bucket.ts';

const RATE = { burst: 3, perSecond: 2 };

describe('a token bucket', () => {
  it('gives the burst at once, then says how many whole seconds to wait', () => {
    const bucket = fullBucket(RATE, 0);
    expect([0, 0, 0, 0].map((now) => takeToken(bucket, RATE, now))).toEqual([0, 0, 0, 1]);
    const slow = { burst: 1, perSecond: 0.25 };
    const drop = fullBucket(slow, 0);
    expect([takeToken(drop, slow, 0), takeToken(drop, slow, 0)]).toEqual([0, 4]);
  });

  it('fills at its rate, and a refused try takes nothing', () => {
    const bucket = fullBucket(RATE, 0);
    for (let i = 0; i < 3; i++) takeToken(bucket, RATE, 0);
    for (let i = 0; i < 10; i++) expect(takeToken(bucket, RATE, 499)).toBe(1);
    expect(takeToken(bucket, RATE, 500)).toBe(0);
    expect(takeToken(bucket, RATE, 999)).toBe(1);
    expect(takeToken(bucket, RATE, 1_000)).toBe(0);
  });

  it('never holds more than the burst, and a clock that goes back gives nothing', () => {
    const bucket = fullBucket(RATE, 1_000_000);
    takeToken(bucket, RATE, 2_000_000);
    expect(bucket.tokens).toBe(2);
    takeToken(bucket, RATE, 0);
    takeToken(bucket, RATE, 0);
    expect(takeToken(bucket, RATE, 0)).toBe(1);
  });

  it('is full again after three idle seconds, long before an object hibernates', () => {
    const rate = { burst: 30, perSecond: 10 };
    const bucket = fullBucket(rate, 0);
    for (let i = 0; i < 30; i++) takeToken(bucket, rate, 0);
    takeToken(bucket, rate, 3_000);
    expect(bucket.tokens).toBe(29);
  });

  it('relaxed is a hundred times the burst and the rate', () => {
    expect(scaledRate(RATE, 100)).toEqual({ burst: 300, perSecond: 200 });
  });
});

describe('a rate limiter', () => {
  it('keeps a bucket for each key', () => {
    const limiter = new RateLimiter<string>(RATE);
    expect(['a', 'a', 'a', 'a', 'b'].map((key) => limiter.take(key, 0))).toEqual([0, 0, 0, 1, 0]);
  });

  it('forgets buckets that are full again when there are many, and no other', () => {
    const limiter = new RateLimiter<number>(RATE);
    for (let key = 0; key < 1_000; key++) limiter.take(key, 0);
    for (let i = 0; i < 2; i++) limiter.take(7, 499);
    limiter.take(1_000, 500);
    expect(limiter.size).toBe(2);
    expect(limiter.take(7, 499)).toBe(1);
  });
});
