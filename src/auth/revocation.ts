/** What follows the end of a session, whoever ended it: its facts are forgotten here, its sockets closed everywhere. */
import { deleteSession } from '../../store/accounts.ts';
import type { Env } from '../env.ts';
import { logEvent } from '../http/log.ts';
import { forgetFacts } from './session-facts.ts';

export interface EndedSession {
  id: string;
  userId: string;
  /** Null: not known, or none of ours. */
  token: string | null;
}

const TRIES = 3;

/** Ends a session of which only the id is known, as when its device is removed. Repeating it does no harm. */
export async function endSessionById(env: Pick<Env, 'DB' | 'USER_INBOX'>, userId: string, id: string, url: string): Promise<void> {
  // A JWT of an embedding application has no row: it stays good for requests until it expires.
  const token = await deleteSession(env.DB, userId, id);
  await sessionEnded(env, { id, userId, token }, url);
}

/** `url`: the request that ended it; without one there is no place here where it was used. */
export async function sessionEnded(env: Pick<Env, 'USER_INBOX'>, session: EndedSession, url: string | undefined): Promise<void> {
  if (url !== undefined && session.token !== null) await forgetFacts(url, session.token);
  for (let tries = 1; ; tries++) {
    try {
      // A new stub each time: the old one keeps failing after a reset.
      const inbox = env.USER_INBOX.get(env.USER_INBOX.idFromName(session.userId));
      return await inbox.endSession(session.id);
    } catch (error) {
      // The row is gone: the sockets that stay end with their own `expires_at` at the latest.
      if (tries === TRIES) return logEvent('error', 'end_session_failed', { error: String(error) });
    }
  }
}
