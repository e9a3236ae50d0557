/** The session that a request of `/v1/auth` comes with: ending it, and whether it is the right user's at all. */
import { accept, refuse, type Outcome } from '../../protocol/outcome.ts';
import type { AppContext } from '../http/context.ts';
import { logEvent } from '../http/log.ts';
import { refused } from '../http/problems.ts';
import { inboxObject } from '../objects.ts';
import { hashOf } from './hash.ts';
import { dropLegacy } from './legacy-sessions.ts';
import { USER_HEADER, claimFor } from './require-session.ts';
import { rememberEnded } from './session-memory.ts';
import { askInbox, type Admitted, type Claim } from './sessions.ts';
import { userOfToken } from './token.ts';

/** The refusal where the request was meant for another user than its credential's. */
export async function forAnother(c: AppContext): Promise<Response | undefined> {
  const wanted = c.req.header(USER_HEADER);
  const claim = wanted === undefined ? undefined : await claimFor(c, wanted);
  return claim?.ok === false && claim.refusal.reason === 'other_user' ? refused(claim.refusal) : undefined;
}

/** Nothing is to be done where there is none. When this fails, the session may still be good: it is to be repeated. */
export async function endOwn(c: AppContext): Promise<Outcome<null>> {
  const claim = await claimFor(c, c.req.header(USER_HEADER));
  if (!claim.ok) return claim.refusal.code === 'unauthenticated' ? accept(null) : claim;
  try {
    return await end(c, claim.value);
  } catch (error) {
    logEvent('warn', 'end_session_failed', { request_id: c.get('requestId'), error: String(error) });
    return refuse('unavailable', 'The session could not be ended. Try again.', { retry_after: 2 });
  }
}

export async function endAllBut(c: AppContext, token: string): Promise<void> {
  const userId = userOfToken(token);
  if (userId !== undefined) await inboxObject(c.env, userId).endOtherSessions({ token_hash: await hashOf(token) });
}

async function end(c: AppContext, claim: Claim): Promise<Outcome<null>> {
  const { userId, key, proof } = claim;
  const session = await sessionOf(c, claim);
  if (!session.ok) return session.refusal.code === 'unauthenticated' ? accept(null) : session;
  const ended = await inboxObject(c.env, userId).endSession(session.value.session_id, session.value.expires_at);
  if (ended.ok && key !== null) rememberEnded(key);
  if (ended.ok && proof.kind === 'token') c.executionCtx.waitUntil(dropLegacy(c.env, userId, session.value.session_id));
  return ended;
}

/** A JWT says it itself, and D1 need not know its user yet. */
async function sessionOf(c: AppContext, claim: Claim): Promise<Outcome<{ session_id: string; expires_at: number }>> {
  if (claim.foreign !== null) return accept(claim.foreign);
  const found = await askInbox<Admitted>(
    c.env,
    claim,
    (proof) => inboxObject(c.env, claim.userId).authenticate(proof, { kind: 'request' }),
    Date.now(),
  );
  return found.ok ? accept(found.value.session) : found;
}
