/**
 * What all providers have in common: a request is prepared, sent, and its answer judged.
 * Invariants: nothing of an address, a key or a payload is in an answer's `detail`.
 */
import type { PushPayload } from '../../durable/user-inbox/push-api.ts';
import type { Env } from '../env.ts';

/** `gone`: the address is dead and to be forgotten. `later`: in `retry_after` seconds. `failed`: asking again is no use. */
export type Answer =
  | { outcome: 'sent'; detail: string }
  | { outcome: 'gone'; detail: string }
  | { outcome: 'later'; detail: string; retry_after: number; hung?: true }
  | { outcome: 'failed'; detail: string };

export type Prepared = { ok: true; request: Request } | { ok: false; answer: Answer };

export interface Provider<Address> {
  prepare(address: Address, payload: PushPayload, env: Env, now: number): Promise<Prepared>;
  judge(response: Response, request: Request, env: Env, now: number): Promise<Answer>;
}

/** A device may be off for a holiday; what is collapsed does not pile up meanwhile. */
export const NOTIFICATION_LIFETIME_S = 28 * 24 * 3_600;

const RETRY_DEFAULT_S = 10;
/** A queue delays by twelve hours at most: https://developers.cloudflare.com/queues/platform/limits/ */
const RETRY_MAX_S = 12 * 3_600;

export const unprepared = (answer: Answer): Prepared => ({ ok: false, answer });
export const unconfigured = (what: string): Prepared => unprepared({ outcome: 'failed', detail: `${what} is not configured` });

/** Answers that say "not now": too many requests, and troubles of the provider's own. */
export const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

export const later = (detail: string, response: Response | null, now: number): Answer => ({
  outcome: 'later',
  detail,
  retry_after: retryAfterOf(response?.headers.get('retry-after') ?? null, now),
});

/** Seconds or a date (RFC 9110, 10.2.3). */
export function retryAfterOf(header: string | null, now: number): number {
  const text = header?.trim() ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1_000;
  return Number.isNaN(seconds) ? RETRY_DEFAULT_S : Math.min(Math.max(1, Math.ceil(seconds)), RETRY_MAX_S);
}

/** A test belongs to no conversation. */
export const collapseKeyOf = ({ conversation_id }: PushPayload): string => conversation_id || 'test';

/** Only the origin is replaced: everything else stays as for the real provider. */
export function at(url: string, origin: string | undefined): string {
  if (!origin) return url;
  const { pathname, search } = new URL(url);
  return new URL(origin).origin + pathname + search;
}
