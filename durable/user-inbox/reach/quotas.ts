/**
 * What one user may do to people who do not know them, a day: pure. A quota is a token bucket that
 * is kept as a row, so that a restart fills none; it is written only when something is taken.
 */
import { FIRST_MESSAGES_PER_DAY, NEW_BY_STRANGERS_PER_DAY, NEW_GROUPS_PER_DAY, STRANGERS_ADDED_PER_DAY } from '../../../protocol/limits.ts';
import type { Bucket } from '../../kit/token-bucket.ts';

export const QUOTAS = {
  new_groups: NEW_GROUPS_PER_DAY,
  strangers_added: STRANGERS_ADDED_PER_DAY,
  first_messages: FIRST_MESSAGES_PER_DAY,
  /** Of the one who is added, by whomever. */
  new_by_strangers: NEW_BY_STRANGERS_PER_DAY,
} as const;
export type QuotaName = keyof typeof QUOTAS;

const DAY_MS = 86_400_000;

/** `bucket`: as it is after it. `retryAfter`: in whole seconds, when there is not enough; then nothing is taken. */
export type Taken = { ok: true; bucket: Bucket } | { ok: false; retryAfter: number };

/** @param bucket undefined: never used, so full */
export function takeQuota(bucket: Bucket | undefined, perDay: number, count: number, now: number): Taken {
  const elapsedMs = bucket === undefined ? 0 : Math.max(0, now - bucket.at);
  const tokens = bucket === undefined ? perDay : Math.min(perDay, bucket.tokens + (elapsedMs / DAY_MS) * perDay);
  if (tokens >= count) return { ok: true, bucket: { tokens: tokens - count, at: now } };
  return { ok: false, retryAfter: Math.max(1, Math.ceil(((Math.min(count, perDay) - tokens) / perDay) * (DAY_MS / 1_000))) };
}

/** What was taken a moment ago, and came to nothing. */
export const returned = ({ tokens, at }: Bucket, perDay: number): Bucket => ({ tokens: Math.min(perDay, tokens + 1), at });
