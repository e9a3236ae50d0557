/**
 * Socket upgrades whose credential was no good, counted per address in this isolate. Beyond the limit the
 * answer is 429; who comes from the same address with a good credential notices nothing.
 */
import { getIP } from 'better-auth/api';
import { fullBucket, scaledRate, takeToken, type Bucket } from '../../durable/kit/token-bucket.ts';
import { FAILED_UPGRADES_PER_MINUTE, RELAXED_FACTOR } from '../../protocol/limits.ts';
import { refuse, type Outcome } from '../../protocol/outcome.ts';
import type { AppContext } from '../http/context.ts';
import { authOf } from './better-auth.ts';

const ADDRESSES_MAX = 10_000;
/** The latest last. */
const buckets = new Map<string, Bucket>();

/** The refusal to answer with: the one it is, or that there were too many. */
export function countFailure(c: AppContext, failed: Outcome<never>, now: number): Outcome<never> {
  if (failed.ok || failed.refusal.code !== 'unauthenticated') return failed;
  // An IPv6 address counts as its /64.
  const address = getIP(c.req.raw, authOf(c.env, c.req.url).options);
  if (address === null) return failed;
  const factor = c.env.LIMITS === 'relaxed' ? RELAXED_FACTOR : 1;
  const rate = scaledRate({ burst: FAILED_UPGRADES_PER_MINUTE, perSecond: FAILED_UPGRADES_PER_MINUTE / 60 }, factor);
  const bucket = buckets.get(address) ?? fullBucket(rate, now);
  buckets.delete(address);
  buckets.set(address, bucket);
  const [oldest] = buckets.keys();
  if (buckets.size > ADDRESSES_MAX && oldest !== undefined) buckets.delete(oldest);
  const wait = takeToken(bucket, rate, now);
  return wait === 0 ? failed : refuse('rate_limited', 'Too many failed attempts from this address.', { retry_after: wait });
}
