/**
 * The gate before every route that is somebody's: who is it, is it who the request was meant for, and how
 * much have they asked lately. What changes something is checked freshly, a read by an answer of the last minute.
 */
import type { Next } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { Session } from '../../durable/session.ts';
import { SESSION_LIFETIME_MS } from '../../protocol/limits.ts';
import { accept, refuse, type Outcome } from '../../protocol/outcome.ts';
import { changesState, type App, type AppContext } from '../http/context.ts';
import { logEvent } from '../http/log.ts';
import { refused } from '../http/problems.ts';
import { inboxObject } from '../objects.ts';
import { credentialOf } from './credential.ts';
import { recall, remember } from './session-memory.ts';
import { askInbox, claimOf, type Admitted, type Claim } from './sessions.ts';

/** Names the user whom a request is meant for. */
export const USER_HEADER = 'natter-user';

export const requireSession = sessionGate(changesState);

/** For a read that asks just this: a device that was signed out elsewhere finds out with it. */
export const requireFreshSession = sessionGate(() => true);

function sessionGate(isFresh: (c: AppContext) => boolean) {
  return createMiddleware<App>((c, next) => enter(c, next, isFresh(c)));
}

async function enter(c: AppContext, next: Next, isFresh: boolean): Promise<Response | undefined> {
  const found = await authenticate(c, isFresh);
  if (!found.ok) return refused(found.refusal);
  const { session, renewedCookie } = found.value;
  if (!(await mayAsk(c, session))) return refused({ code: 'rate_limited', detail: 'Too many requests in this minute.', retry_after: 10 });
  c.set('session', session);
  await next();
  if (renewedCookie !== undefined) c.header('set-cookie', renewedCookie, { append: true });
  return undefined;
}

/** The credential of a request, once it is clear that it is the right person's; nothing has been asked of anybody. */
export async function claimFor(c: AppContext, wanted: string | undefined, { isUpgrade = false } = {}): Promise<Outcome<Claim>> {
  const credential = await credentialOf(c.req.raw.headers, c.env);
  if (credential === undefined) return refuse('unauthenticated', 'Sign in, and send the cookie or the bearer token.');
  const claim = await claimOf(credential, c.env, Date.now(), isUpgrade);
  return claim.ok ? meantFor(claim.value, wanted) : claim;
}

export function meantFor(claim: Claim, wanted: string | undefined): Outcome<Claim> {
  if (wanted === undefined || wanted.toLowerCase() === claim.userId) return accept(claim);
  return refuse('conflict', 'You are signed in as another user than this was meant for.', { reason: 'other_user' });
}

async function authenticate(c: AppContext, isFresh: boolean): Promise<Outcome<{ session: Session; renewedCookie: string | undefined }>> {
  const claim = await claimFor(c, c.req.header(USER_HEADER));
  if (!claim.ok) return claim;
  const { userId, key, cookie } = claim.value;
  const now = Date.now();
  const recalled = isFresh || key === null ? undefined : recall(key, now);
  if (recalled !== undefined) return accept({ session: recalled, renewedCookie: undefined });
  const found = await askInbox<Admitted>(
    c.env,
    claim.value,
    (proof) => inboxObject(c.env, userId).authenticate(proof, { kind: 'request' }),
    now,
  );
  if (!found.ok) return found;
  const { session, renewed } = found.value;
  if (key !== null) remember(key, session, now);
  return accept({ session, renewedCookie: renewed && cookie !== undefined ? prolonged(cookie) : undefined });
}

/** The same cookie for another lifetime, as better-auth sets it. */
function prolonged(cookie: string): string {
  const secure = cookie.startsWith('__Secure-') ? '; Secure' : '';
  return `${cookie}; Max-Age=${SESSION_LIFETIME_MS / 1_000}; Path=/; HttpOnly${secure}; SameSite=Lax`;
}

/** A coarse shield per Cloudflare location; when it fails, nobody is kept out. */
async function mayAsk(c: AppContext, session: Session): Promise<boolean> {
  const shield = c.env.LIMITS === 'relaxed' ? c.env.API_RATE_LIMIT_RELAXED : c.env.API_RATE_LIMIT;
  try {
    return (await shield.limit({ key: session.user_id })).success;
  } catch (error) {
    logEvent('warn', 'rate_limit_failed', { error: String(error) });
    return true;
  }
}
