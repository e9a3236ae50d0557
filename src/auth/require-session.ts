/** The gate before every route that is somebody's: who is it, and how much have they asked lately. */
import { createMiddleware } from 'hono/factory';
import type { Session } from '../../durable/session.ts';
import { isUuid } from '../../protocol/ids.ts';
import { accept, refuse, type Outcome } from '../../protocol/outcome.ts';
import type { App, AppContext } from '../http/context.ts';
import { logEvent } from '../http/log.ts';
import { mayCome } from '../http/origin.ts';
import { refused } from '../http/problems.ts';
import { credentialOf } from './credential.ts';
import { findSession, type Found } from './sessions.ts';

export const requireSession = createMiddleware<App>(async (c, next) => {
  const found = await authenticate(c);
  if (!found.ok) return refused(found.refusal);
  const { session, cookies } = found.value;
  if (!(await mayAsk(c, session))) return refused({ code: 'rate_limited', detail: 'Too many requests in this minute.', retry_after: 10 });
  c.set('session', session);
  await next();
  for (const cookie of cookies) c.header('set-cookie', cookie, { append: true });
});

/** For sockets: a ticket counts too, and a browser must come from an origin that may. */
export async function authenticateUpgrade(c: AppContext): Promise<Outcome<Session>> {
  if (!mayCome(c)) return refuse('forbidden', 'This origin may not use the API.');
  const ticket = c.req.query('ticket');
  if (ticket !== undefined) return redeem(c, ticket);
  const found = await authenticate(c);
  return found.ok ? accept(found.value.session) : found;
}

async function authenticate(c: AppContext): Promise<Outcome<Found>> {
  const credential = await credentialOf(c.req.raw.headers, c.env);
  if (credential === undefined) return refuse('unauthenticated', 'Sign in, and send the cookie or the bearer token.');
  const found = await findSession(credential, c.env, c.req.url, Date.now());
  // Only a cookie is prolonged by a cookie.
  return found.ok && (credential.kind === 'jwt' || credential.from === 'bearer') ? accept({ ...found.value, cookies: [] }) : found;
}

/** A ticket begins with the id of its user, whose object knows it: `USER_ID.SECRET`. */
async function redeem(c: AppContext, ticket: string): Promise<Outcome<Session>> {
  const userId = ticket.split('.')[0];
  const session = isUuid(userId) ? await c.env.USER_INBOX.get(c.env.USER_INBOX.idFromName(userId)).consumeTicket(ticket) : null;
  return session === null ? refuse('unauthenticated', 'The ticket is used, old or unknown.') : accept(session);
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
