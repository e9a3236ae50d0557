/** Tickets: how a socket is opened from where neither a cookie nor a header can be sent. */
import { Hono } from 'hono';
import { ticket as ticketSchema, type Ticket } from '../../protocol/accounts.ts';
import { TICKET_LIFETIME_MS } from '../../protocol/limits.ts';
import { requireSession } from '../auth/require-session.ts';
import { issueTicket } from '../auth/tickets.ts';
import type { App } from '../http/context.ts';
import { describe } from '../http/openapi.ts';

export const tickets = new Hono<App>().post(
  '/tickets',
  describe({
    summary: 'A ticket for one socket',
    description: 'Good once and for 30 seconds, as `ticket=` in the address of a socket.',
    tag: 'Accounts',
    answers: { 200: ['The ticket', ticketSchema] },
  }),
  requireSession,
  async (c) => {
    const ticket = await issueTicket(c.get('session'), c.env.AUTH_SECRET, Date.now());
    return c.json({ ticket, expires_in: TICKET_LIFETIME_MS / 1_000 } satisfies Ticket);
  },
);
