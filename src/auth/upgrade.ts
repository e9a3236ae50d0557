/**
 * Who may open a socket: a cookie from an origin that may, a bearer token, or a ticket. The user's object
 * says so freshly with each, and registers the device in the same call; for the inbox socket that call is
 * the upgrade itself.
 */
import type { Session } from '../../durable/session.ts';
import type { Authenticated } from '../../durable/user-inbox/sessions/api.ts';
import { claimToHeaders } from '../../durable/user-inbox/sessions/claim.ts';
import { accept, refuse, type Outcome } from '../../protocol/outcome.ts';
import type { AppContext } from '../http/context.ts';
import { mayCome } from '../http/origin.ts';
import { inboxObject } from '../objects.ts';
import { countFailure } from './failed-upgrades.ts';
import { claimFor, meantFor } from './require-session.ts';
import { askInbox, type Admitted, type Claim } from './sessions.ts';
import { openTicket } from './tickets.ts';

/** Of the address of a socket. */
export interface SocketQuery {
  device_id: string;
  ticket?: string | undefined;
  user?: string | undefined;
}

/** For the socket of a conversation; whether they are a member is known there. */
export async function admit(c: AppContext, query: SocketQuery, conversation_id: string): Promise<Outcome<Session>> {
  const { device_id } = query;
  const found = await checked(c, query, (claim) =>
    askInbox<Admitted>(
      c.env,
      claim,
      (proof) => inboxObject(c.env, claim.userId).authenticate(proof, { kind: 'socket', device_id, conversation_id }),
      Date.now(),
    ),
  );
  return found.ok ? accept(found.value.session) : found;
}

/** The inbox socket itself. */
export async function openInbox(c: AppContext, query: SocketQuery & { cursor: string; limit: number }): Promise<Outcome<Response>> {
  const address = new URL('https://inbox/socket');
  address.searchParams.set('cursor', query.cursor);
  address.searchParams.set('limit', String(query.limit));
  const found = await checked(c, query, (claim) =>
    askInbox<{ socket: Response }>(
      c.env,
      claim,
      async (proof) => {
        const headers = { upgrade: 'websocket', ...claimToHeaders({ proof, device_id: query.device_id }) };
        const response = await inboxObject(c.env, claim.userId).fetch(new Request(address, { headers }));
        if (response.status === 101) return accept({ socket: response });
        return response.json<Outcome<Extract<Authenticated, { profile: unknown }>>>();
      },
      Date.now(),
    ),
  );
  return found.ok ? accept(found.value.socket) : found;
}

async function checked<T>(c: AppContext, query: SocketQuery, ask: (claim: Claim) => Promise<Outcome<T>>): Promise<Outcome<T>> {
  if (!mayCome(c)) return refuse('forbidden', 'This origin may not use the API.');
  const claim = query.ticket === undefined ? await claimFor(c, query.user, { isUpgrade: true }) : await redeem(c, query.ticket, query.user);
  const found = claim.ok ? await ask(claim.value) : claim;
  return found.ok ? found : countFailure(c, found, Date.now());
}

async function redeem(c: AppContext, ticket: string, wanted: string | undefined): Promise<Outcome<Claim>> {
  const opened = await openTicket(ticket, c.env.AUTH_SECRET, Date.now());
  if (opened === undefined) return refuse('unauthenticated', 'The ticket is used, old or unknown.');
  return meantFor({ ...opened, key: null, foreign: null, cookie: undefined }, wanted);
}
