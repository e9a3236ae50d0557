/**
 * Devices register themselves by being used: each socket that is opened names one. The user's object
 * writes it down, or refuses a new one where too many are; this place remembers for ten minutes that it
 * did. When it fails the chat goes on. One that was dropped meanwhile is remembered here still, so the
 * inbox socket, of which a device has one, always says so.
 */
import { accept, type Outcome } from '../../protocol/outcome.ts';
import type { SocketOrigin } from '../../durable/session.ts';
import type { Env } from '../env.ts';
import { logEvent } from '../http/log.ts';
import { inboxObject } from '../objects.ts';

const REMEMBERED_MS = 10 * 60_000;
/** So many uses are remembered at most, the latest. */
const REMEMBERED_MAX = 10_000;

/** A conversation's socket is opened, perhaps one of many at once. */
export async function touchDevice(env: Env, origin: SocketOrigin): Promise<Outcome<null>> {
  const touchedAgo = Date.now() - (touchedAt.get(keyOf(origin)) ?? 0);
  return touchedAgo < REMEMBERED_MS ? accept(null) : registerDevice(env, origin);
}

/** The inbox socket is opened. */
export async function registerDevice(env: Env, { user_id, session_id, expires_at, device_id }: SocketOrigin): Promise<Outcome<null>> {
  try {
    const touched = await inboxObject(env, user_id).touchDevice({ session_id, expires_at }, device_id);
    if (touched.ok) remember(keyOf({ user_id, session_id, device_id }), Date.now());
    return touched;
  } catch (error) {
    logEvent('warn', 'touch_device_failed', { error: String(error) });
    return accept(null);
  }
}

const keyOf = ({ user_id, session_id, device_id }: Omit<SocketOrigin, 'expires_at'>): string => [user_id, session_id, device_id].join(' ');

const touchedAt = new Map<string, number>();

function remember(key: string, now: number): void {
  touchedAt.delete(key);
  touchedAt.set(key, now);
  const [oldest] = touchedAt.keys();
  if (touchedAt.size > REMEMBERED_MAX && oldest !== undefined) touchedAt.delete(oldest);
}
