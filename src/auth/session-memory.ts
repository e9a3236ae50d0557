/**
 * What users' objects said about credentials a moment ago, by the hash of each, in this isolate. Only
 * requests that change nothing go by it. That a credential is no good is remembered too: it never becomes good.
 */
import type { Session } from '../../durable/session.ts';

export const REMEMBERED_MS = 60_000;
/** So many credentials are remembered, the latest. */
export const REMEMBERED_MAX = 10_000;

const sessions = new Map<string, { session: Session; read_at: number }>();
const ended = new Map<string, true>();

/** Undefined: to be asked. */
export function recall(key: string, now: number): Session | undefined {
  const known = sessions.get(key);
  return known !== undefined && now - known.read_at < REMEMBERED_MS && known.session.expires_at > now ? known.session : undefined;
}

export function remember(key: string, session: Session, now: number): void {
  put(sessions, key, { session, read_at: now });
}

export const isEnded = (key: string): boolean => ended.has(key);

export function rememberEnded(key: string): void {
  sessions.delete(key);
  put(ended, key, true);
}

function put<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > REMEMBERED_MAX && oldest !== undefined) map.delete(oldest);
}
