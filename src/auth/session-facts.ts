/**
 * Facts of sessions by the hash of their token, kept in the Cache API of this location, and where
 * that does nothing (as under workers.dev) in the isolate's memory.
 * Fresh for five minutes; kept for a day, because while D1 is down an old fact is better than none.
 * Does not know where facts come from.
 */
import type { Session } from '../../durable/session.ts';
import { hashOf } from './hash.ts';

export const FRESH_MS = 5 * 60_000;
export const STALE_MS = 24 * 3_600_000;
/** So many sessions are kept in memory at most, the latest. */
export const REMEMBERED_MAX = 1_000;

export interface Facts {
  session: Session;
  /** When they were read from the truth. */
  read_at: number;
}

/** `url` is any address of ours: keys must carry the own host, https://developers.cloudflare.com/workers/runtime-apis/cache/ */
export async function recallFacts(url: string, token: string): Promise<Facts | undefined> {
  const key = await keyOf(url, token);
  const cached = await (await cache()).match(key);
  return cached === undefined ? memory.get(key) : await cached.json<Facts>();
}

export async function rememberFacts(url: string, token: string, facts: Facts): Promise<void> {
  const key = await keyOf(url, token);
  const headers = { 'content-type': 'application/json', 'cache-control': `max-age=${STALE_MS / 1_000}` };
  await (await cache()).put(key, new Response(JSON.stringify(facts), { headers }));
  inert ??= (await (await cache()).match(key)) === undefined;
  if (inert) keepInMemory(key, facts);
}

export async function forgetFacts(url: string, token: string): Promise<void> {
  const key = await keyOf(url, token);
  memory.delete(key);
  await (await cache()).delete(key);
}

/** Whether the cache keeps nothing here; found out with the first facts. */
let inert: boolean | undefined;
const memory = new Map<string, Facts>();

function keepInMemory(key: string, facts: Facts): void {
  memory.delete(key);
  memory.set(key, facts);
  const [oldest] = memory.keys();
  if (memory.size > REMEMBERED_MAX && oldest !== undefined) memory.delete(oldest);
}

const cache = () => caches.open('session-facts');

const keyOf = async (url: string, token: string): Promise<string> => `${new URL(url).origin}/session-facts/${await hashOf(token)}`;
