/** What follows the end of a session, whoever ended it: its facts are forgotten here, its sockets closed everywhere. */
import type { Env } from '../env.ts';
import { logEvent } from '../http/log.ts';
import { forgetFacts } from './session-facts.ts';

export interface EndedSession {
  id: string;
  userId: string;
  token: string;
}

const TRIES = 3;

/** `url`: the request that ended it; without one there is no place here where it was used. */
export async function sessionEnded(env: Pick<Env, 'USER_INBOX'>, session: EndedSession, url: string | undefined): Promise<void> {
  if (url !== undefined) await forgetFacts(url, session.token);
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
