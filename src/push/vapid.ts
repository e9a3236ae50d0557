/**
 * The key with which we identify ourselves to push services (RFC 8292): one P-256 private key as a
 * JWK, from which the public half is read. Browsers bind their subscriptions to it, so it stays the same.
 */
import type { VapidKeys } from '@block65/webcrypto-web-push';
import * as z from 'zod/mini';
import type { Env } from '../env.ts';

const coordinate = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));
const privateJwk = z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: coordinate, y: coordinate, d: coordinate });

/** Null when there is none, or it is no such key. */
export function vapidKeys({ VAPID_PRIVATE_KEY, VAPID_SUBJECT }: Pick<Env, 'VAPID_PRIVATE_KEY' | 'VAPID_SUBJECT'>): VapidKeys | null {
  const jwk = privateJwk.safeParse(parsed(VAPID_PRIVATE_KEY ?? ''));
  if (!jwk.success) return null;
  const { x, y, d } = jwk.data;
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return { publicKey: point.toString('base64url'), privateKey: d, subject: VAPID_SUBJECT };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return null;
  }
}
