/** Single-use tickets for sockets, good for thirty seconds. A ticket names its user, so that the Worker knows whose object to ask. */
import { TICKET_LIFETIME_MS } from '../../protocol/limits.ts';
import type { Session } from '../session.ts';
import type { InboxStore } from './store.ts';

export function issueTicket(store: InboxStore, session: Session, now: number): string {
  const ticket = `${session.user_id}.${crypto.randomUUID()}`;
  const record = { session_id: session.session_id, session_expires_at: session.expires_at, expires_at: now + TICKET_LIFETIME_MS };
  store.putTicket(ticket, record, now);
  return ticket;
}

/** Null when it is used, old or made up. */
export function consumeTicket(store: InboxStore, userId: string, ticket: string, now: number): Session | null {
  const record = store.takeTicket(ticket);
  if (record === undefined || record.expires_at <= now) return null;
  return { user_id: userId, session_id: record.session_id, expires_at: record.session_expires_at };
}
