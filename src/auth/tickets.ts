/**
 * Tickets for sockets: `FACTS.SIGNATURE`, both base64url. They are stored nowhere: the signature says
 * that they are ours, the user's object that they were not used and that their session still is.
 */
import * as z from 'zod/mini';
import type { Session } from '../../durable/session.ts';
import type { Proof } from '../../durable/user-inbox/sessions/api.ts';
import { TICKET_LIFETIME_MS } from '../../protocol/limits.ts';
import { keyFor } from './keys.ts';

const facts = z.object({ u: z.string(), s: z.string(), e: z.number(), x: z.number(), n: z.string() });
const PURPOSE = 'ticket';

export async function issueTicket({ user_id, session_id, expires_at }: Session, secret: string, now: number): Promise<string> {
  const said: z.infer<typeof facts> = { u: user_id, s: session_id, e: expires_at, x: now + TICKET_LIFETIME_MS, n: crypto.randomUUID() };
  const text = Buffer.from(JSON.stringify(said)).toString('base64url');
  const signature = await crypto.subtle.sign('HMAC', await keyFor(PURPOSE, secret), new TextEncoder().encode(text));
  return `${text}.${Buffer.from(signature).toString('base64url')}`;
}

/** Undefined: not one of ours, or too old. */
export async function openTicket(ticket: string, secret: string, now: number): Promise<{ userId: string; proof: Proof } | undefined> {
  const [, text, signature] = /^([\w-]+)\.([\w-]{43})$/.exec(ticket) ?? [];
  if (text === undefined || signature === undefined) return undefined;
  const key = await keyFor(PURPOSE, secret);
  if (!(await crypto.subtle.verify('HMAC', key, Buffer.from(signature, 'base64url'), new TextEncoder().encode(text)))) return undefined;
  const { u, s, e, x, n } = facts.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  if (x <= now) return undefined;
  return { userId: u, proof: { kind: 'ticket', session_id: s, session_expires_at: e, nonce: n, expires_at: x } };
}
