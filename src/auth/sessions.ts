/**
 * From a credential to a session: cached facts first, then the truth (D1 through better-auth, or
 * the signature of a JWT). Invariants: D1 is read at most once in five minutes for a token; while
 * it fails, facts up to a day old are used; a session past its end is none, whatever the cache says.
 */
import type { Session } from '../../durable/session.ts';
import { accept, refuse, type Outcome } from '../../protocol/outcome.ts';
import { DatabaseUnavailable } from '../../store/database.ts';
import type { Env } from '../env.ts';
import { authOf } from './better-auth.ts';
import type { Credential } from './credential.ts';
import { sessionOfJwt } from './jwt.ts';
import { FRESH_MS, STALE_MS, recallFacts, rememberFacts } from './session-facts.ts';
import { watched } from './watched-database.ts';

export interface Found {
  session: Session;
  /** Cookies to set: better-auth prolongs a session that is used. */
  cookies: string[];
}

const NOBODY = refuse('unauthenticated', 'The session is unknown or has ended.');

export async function findSession(credential: Credential, env: Env, url: string, now: number): Promise<Outcome<Found>> {
  const facts = await recallFacts(url, credential.token);
  const usable = facts !== undefined && facts.session.expires_at > now;
  if (usable && now - facts.read_at < FRESH_MS) return accept({ session: facts.session, cookies: [] });
  try {
    const found = credential.kind === 'jwt' ? await sessionOfJwt(credential.token, env, now) : await readSession(credential, env, url);
    if (found.ok) await rememberFacts(url, credential.token, { session: found.value.session, read_at: now });
    return found;
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    if (usable && now - facts.read_at < STALE_MS) return accept({ session: facts.session, cookies: [] });
    throw error;
  }
}

async function readSession(credential: { token: string; cookies: string }, env: Env, url: string): Promise<Outcome<Found>> {
  const auth = authOf(env, url);
  const headers = new Headers({ authorization: `Bearer ${credential.token}`, cookie: credential.cookies });
  const { failed, result, error } = await watched(() => auth.api.getSession({ headers, returnHeaders: true }));
  if (failed) throw new DatabaseUnavailable('the session could not be read', { cause: error });
  if (error !== undefined) throw error;
  const session = result?.response?.session;
  if (session === undefined) return NOBODY;
  return accept({
    session: { user_id: session.userId, session_id: session.id, expires_at: session.expiresAt.getTime() },
    cookies: result?.headers.getSetCookie() ?? [],
  });
}
