/**
 * The one table of what can go wrong on the wire: stable code, HTTP status, title
 * (RFC 9457) and whether trying again can help. HTTP bodies and socket frames share the codes.
 */

export const ERRORS = {
  bad_request: { status: 400, title: 'The request is malformed', retry: 'never' },
  unauthenticated: { status: 401, title: 'Sign in first', retry: 'never' },
  forbidden: { status: 403, title: 'Not allowed', retry: 'never' },
  not_found: { status: 404, title: 'Not found', retry: 'never' },
  conflict: { status: 409, title: 'In conflict with what is there', retry: 'never' },
  stale: { status: 409, title: 'Catch up first', retry: 'after_sync' },
  gone: { status: 410, title: 'No longer there', retry: 'never' },
  too_large: { status: 413, title: 'Too large', retry: 'never' },
  unsupported_media: { status: 415, title: 'Unsupported media type', retry: 'never' },
  rate_limited: { status: 429, title: 'Too many requests', retry: 'later' },
  internal: { status: 500, title: 'Something went wrong here', retry: 'later' },
  unavailable: { status: 503, title: 'Not available right now', retry: 'later' },
} as const satisfies Record<string, { status: number; title: string; retry: Retry }>;

/** `later`: the same request may be repeated after `retry_after`; `after_sync`: catch up, then ask anew. */
export type Retry = 'never' | 'later' | 'after_sync';
export type ErrorCode = keyof typeof ERRORS;
export const ERROR_CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

/** Why, where the code alone does not tell a program what to do: stable words; clients ignore those they do not know. */
export const REASONS = [
  /** A daily quota, or the size of a conversation, is used up. */
  'quota',
  /** The other has not accepted the conversation yet. */
  'request_pending',
  /** The other does not take this from strangers. */
  'not_accepting',
  /** The credential is that of another user than the request was meant for. */
  'other_user',
] as const;
export type Reason = (typeof REASONS)[number];

/** A refusal as data: how every layer says no. `retry_after` in seconds. */
export interface Refusal {
  code: ErrorCode;
  detail: string;
  reason?: Reason;
  retry_after?: number;
}

/** Media type and body of an HTTP error (RFC 9457). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  reason?: Reason;
  /** The id under which the server logged an `internal` error. */
  error_id?: string;
  retry_after?: number;
  issues?: { path: string; message: string }[];
}

export function problem(refusal: Refusal, more: Pick<Problem, 'issues' | 'error_id'> = {}): Problem {
  const { status, title } = ERRORS[refusal.code];
  return { type: `urn:natter:error:${refusal.code}`, title, status, ...refusal, ...more };
}

/** Socket close codes (RFC 6455, 4000–4999 are the application's). */
export const CLOSE = {
  /** Sent with 1012: come back after a random wait of up to the `retry_after` in the reason. */
  restart: 1012,
  /** Takes nothing of what it is sent: come back and catch up. */
  too_slow: 1013,
  credentials_ended: 4401,
  not_a_member: 4403,
  heartbeat_lost: 4408,
  /** This device opened a newer socket: do not come back by itself. */
  replaced: 4409,
  frame_too_large: 4413,
  flooding: 4429,
} as const;
