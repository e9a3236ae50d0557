/**
 * Facts of sessions by the hash of their token, kept in the Cache API of this location.
 * Fresh for five minutes; kept for a day, because while D1 is down an old fact is better than none.
 * Does not know where facts come from.
 */
import type { Session } from '../../durable/session.ts';

export const FRESH_MS = 5 * 60_000;
export const STALE_MS = 24 * 3_600_000;

export interface Facts {
  session: Session;
  /** When they were read from the truth. */
  read_at: number;
}

export async function recallFacts(token: string): Promise<Facts | undefined> {
  const cached = await (await cache()).match(await keyOf(token));
  return cached === undefined ? undefined : await cached.json<Facts>();
}

export async function rememberFacts(token: string, facts: Facts): Promise<void> {
  const headers = { 'content-type': 'application/json', 'cache-control': `max-age=${STALE_MS / 1_000}` };
  await (await cache()).put(await keyOf(token), new Response(JSON.stringify(facts), { headers }));
}

export async function forgetFacts(token: string): Promise<void> {
  await (await cache()).delete(await keyOf(token));
}

export async function hashOf(token: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))).toString('hex');
}

const cache = () => caches.open('session-facts');

/** A host that resolves to nothing: only this Worker can ask for it. */
const keyOf = async (token: string): Promise<string> => `https://session-facts.invalid/${await hashOf(token)}`;
