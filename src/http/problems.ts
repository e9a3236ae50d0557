/**
 * How the Worker says no: RFC 9457 bodies, `Retry-After` where waiting helps,
 * and the one place where a thrown error becomes an answer.
 * Invariants: no stack and no input ever leaves; every error is logged once.
 */
import type { ErrorHandler, NotFoundHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { ERRORS, PROBLEM_MEDIA_TYPE, problem, type ErrorCode, type Problem, type Refusal } from '../../protocol/errors.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { DatabaseUnavailable } from '../../store/database.ts';
import type { App } from './context.ts';
import { logEvent } from './log.ts';

export function refused(refusal: Refusal, more: Pick<Problem, 'issues' | 'error_id'> = {}): Response {
  const headers = new Headers({ 'content-type': PROBLEM_MEDIA_TYPE });
  if (ERRORS[refusal.code].retry === 'later' && refusal.code !== 'internal') {
    headers.set('retry-after', String(Math.max(1, Math.ceil(refusal.retry_after ?? 1))));
  }
  return new Response(JSON.stringify(problem(refusal, more)), { status: ERRORS[refusal.code].status, headers });
}

/** The value as the handler likes to answer it, or the refusal as a problem. */
export const answer = <T>(outcome: Outcome<T>, respond: (value: T) => Response): Response =>
  outcome.ok ? respond(outcome.value) : refused(outcome.refusal);

export const notFound: NotFoundHandler<App> = () => refused({ code: 'not_found', detail: 'There is nothing at this address.' });

export const onError: ErrorHandler<App> = (error, c) => {
  if (error instanceof HTTPException && error.status < 500) {
    return refused({ code: CODE_OF_STATUS[error.status] ?? 'bad_request', detail: error.message });
  }
  const errorId = c.get('requestId') ?? crypto.randomUUID();
  if (isUnavailable(error)) {
    logEvent('warn', 'unavailable', { error_id: errorId, error: error.message });
    return refused({ code: 'unavailable', detail: 'Something this needs does not answer right now.' });
  }
  logEvent('error', 'internal', { error_id: errorId, error: error.stack ?? error.message });
  return refused({ code: 'internal', detail: 'This is our fault. Quote the error_id when you report it.' }, { error_id: errorId });
};

const CODE_OF_STATUS: Partial<Record<number, ErrorCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  413: 'too_large',
  415: 'unsupported_media',
  429: 'rate_limited',
};

/** The database, or an object that was reset, moved or overloaded: https://developers.cloudflare.com/durable-objects/best-practices/error-handling/ */
function isUnavailable(error: Error & { retryable?: unknown; overloaded?: unknown }): boolean {
  return error instanceof DatabaseUnavailable || error.retryable === true || error.overloaded === true;
}
