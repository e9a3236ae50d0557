/**
 * One HTTP request: address, credentials, time limit, and problems (RFC 9457) as `NatterError`.
 * Never retries.
 */
import { ERRORS, type ErrorCode, type Reason, type Refusal } from '../../protocol/errors.ts';
import { NatterError } from './error.ts';
import { USER_HEADER } from './identity.ts';
import type { Auth, Environment, ResponseLike } from './types.ts';

/** After this long without an answer a request has failed. */
export const REQUEST_TIMEOUT_MS = 15_000;

export type Query = Record<string, string | number | boolean | undefined>;
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Request = <T>(method: Method, path: string, more?: { query?: Query; body?: unknown }) => Promise<T>;

export interface Meant {
  /** The user whom each request is meant for, and named after. */
  userId(): Promise<string>;
  /** The credential is another user's; nothing was done. */
  onOtherUser(): void;
}

/** @param meant left out: the requests name no user */
export function createRequest(url: string, auth: Auth, environment: Pick<Environment, 'fetch' | 'setTimer'>, meant?: Meant): Request {
  return async <T>(method: Method, path: string, { query = {}, body }: { query?: Query; body?: unknown } = {}): Promise<T> => {
    const userId = await meant?.userId();
    const abort = new AbortController();
    const cancel = environment.setTimer(() => abort.abort(new Error('no answer in time')), REQUEST_TIMEOUT_MS);
    try {
      const headers: Record<string, string> = { accept: 'application/json' };
      if (body !== undefined) headers['content-type'] = 'application/json';
      if (userId !== undefined) headers[USER_HEADER] = userId;
      if (auth.kind === 'token') headers['authorization'] = `Bearer ${await tokenOf(auth.token)}`;
      const response = await environment.fetch(url + path + queryString(query), {
        method,
        headers,
        signal: abort.signal,
        ...(auth.kind === 'cookie' && { credentials: 'include' as const }),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.status >= 400) throw new NatterError(refusalIn(response, text));
      return (text === '' ? undefined : JSON.parse(text)) as T;
    } catch (error) {
      if (error instanceof NatterError) {
        if (error.reason === 'other_user') meant?.onOtherUser();
        throw error;
      }
      throw new NatterError({ code: 'unavailable', detail: error instanceof Error ? error.message : 'the network failed' });
    } finally {
      cancel();
    }
  };
}

const tokenOf = async (token: string | (() => Promise<string>)): Promise<string> => (typeof token === 'string' ? token : token());

function queryString(query: Query): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string | number | boolean] => pair[1] !== undefined);
  return pairs.length === 0 ? '' : `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
}

/** Lenient: what stands between us and the server (a proxy, a gateway) answers with other bodies. */
function refusalIn(response: ResponseLike, text: string): Refusal {
  const { code, detail, reason, retry_after } = problemIn(text);
  const isOurs = typeof code === 'string' && Object.hasOwn(ERRORS, code) && ERRORS[code as ErrorCode].status === response.status;
  const known = isOurs ? (code as ErrorCode) : codeOf(response.status);
  const seconds = typeof retry_after === 'number' ? retry_after : Number(response.headers.get('retry-after') ?? Number.NaN);
  return {
    code: known,
    detail: typeof detail === 'string' ? detail : ERRORS[known].title,
    ...(isOurs && typeof reason === 'string' && { reason: reason as Reason }),
    ...(Number.isFinite(seconds) && { retry_after: seconds }),
  };
}

function problemIn(text: string): { code?: unknown; detail?: unknown; reason?: unknown; retry_after?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function codeOf(status: number): ErrorCode {
  const found = Object.entries(ERRORS).find(([code, error]) => error.status === status && code !== 'stale');
  if (found) return found[0] as ErrorCode;
  return status >= 500 ? 'unavailable' : 'bad_request';
}
