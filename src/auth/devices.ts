/**
 * Devices register themselves by being used: each socket that is opened names one. The user's
 * object writes it down; this place remembers for ten minutes that it did. Nobody waits for it,
 * and when it fails the chat goes on. One that was dropped meanwhile is remembered here still, so
 * the inbox socket, of which a device has one, always says so.
 */
import type { Env } from '../env.ts';
import type { AppContext } from '../http/context.ts';
import { logEvent } from '../http/log.ts';
import { inboxObject } from '../objects.ts';
import type { SocketOrigin } from '../../durable/session.ts';
import { endSessionById } from './revocation.ts';

const REMEMBERED_MS = 10 * 60_000;
/** So many uses are remembered at most, the latest. */
const REMEMBERED_MAX = 10_000;

/** A conversation's socket is opened, perhaps one of many at once. */
export function touchDevice(c: AppContext, origin: SocketOrigin): void {
  if (Date.now() - (touchedAt.get(keyOf(origin)) ?? 0) >= REMEMBERED_MS) registerDevice(c, origin);
}

/** The inbox socket is opened. */
export function registerDevice(c: AppContext, origin: SocketOrigin): void {
  const key = keyOf(origin);
  remember(key, Date.now());
  c.executionCtx.waitUntil(touch(c.env, origin, c.req.url, key));
}

async function touch(env: Env, { user_id, session_id, device_id }: SocketOrigin, url: string, key: string): Promise<void> {
  try {
    const { ended_session_id } = await inboxObject(env, user_id).touchDevice(session_id, device_id);
    if (ended_session_id !== null) await endSessionById(env, user_id, ended_session_id, url);
  } catch (error) {
    touchedAt.delete(key);
    logEvent('warn', 'touch_device_failed', { error: String(error) });
  }
}

const keyOf = ({ user_id, session_id, device_id }: SocketOrigin): string => [user_id, session_id, device_id].join(' ');

const touchedAt = new Map<string, number>();

function remember(key: string, now: number): void {
  touchedAt.delete(key);
  touchedAt.set(key, now);
  const [oldest] = touchedAt.keys();
  if (touchedAt.size > REMEMBERED_MAX && oldest !== undefined) touchedAt.delete(oldest);
}
