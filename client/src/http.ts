/**
 * One HTTP request: address, credentials, time limit, and problems (RFC 9457) as `NatterError`.
 * Never retries.
 */
import { ERRORS, type ErrorCode, type Reason, type Refusal } from '../../protocol/errors.ts';
import { NatterError } from './error.ts';
import type { Auth, Environment, ResponseLike } from './types.ts';

/** After this long without an answer a request has failed. */
export const REQUEST_TIMEOUT_MS = 15_000;

export type Query = Record<string, string | number | boolean | undefined>;
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Request = <T>(method: Method, path: string, more?: { query?: Query; body?: unknown }) => Promise<T>;

export function createRequest(url: string, auth: Auth, environment: Pick<Environment, 'fetch' | 'setTimer'>): Request {
  return async <T>(method: Method, path: string, { query = {}, body }: { query?: Query; body?: unknown } = {}): Promise<T> => {
    const abort = new AbortController();
    const cancel = environment.setTimer(() => abort.abort(new Error('no answer in time')), REQUEST_TIMEOUT_MS);
    try {
      const headers: Record<string, string> = { accept: 'application/json' };
      if (body !== undefined) headers['content-type'] = 'application/json';
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
      if (error instanceof NatterError) throw error;
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
  const known = typeof code === 'string' && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : codeOf(response.status);
  const seconds = typeof retry_after === 'number' ? retry_after : Number(response.headers.get('retry-after') ?? Number.NaN);
  return {
    code: known,
    detail: typeof detail === 'string' ? detail : ERRORS[known].title,
    ...(typeof reason === 'string' && { reason: reason as Reason }),
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
