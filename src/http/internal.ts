/**
 * Commands of an operator: signed with a key that follows from AUTH_SECRET, over method, path, time and body, and
 * good for a minute. Whoever has no such signature finds nothing at these addresses.
 */
import type { MiddlewareHandler } from 'hono';
import type { App } from './context.ts';
import { notFound } from './problems.ts';

export const SIGNATURE_HEADER = 'natter-signature';
/** Clocks differ, and a command that was overheard must not be good for long. */
export const SIGNATURE_AGE_MS = 60_000;

export const signed: MiddlewareHandler<App> = async (c, next) => {
  const [, time, hex] = /^t=(\d{1,15}),v1=([0-9a-f]{64})$/.exec(c.req.header(SIGNATURE_HEADER) ?? '') ?? [];
  if (time === undefined || hex === undefined || Math.abs(Date.now() - Number(time)) > SIGNATURE_AGE_MS) return notFound(c);
  const text = [c.req.method, new URL(c.req.url).pathname, time, await c.req.text()].join('\n');
  // Compares in constant time.
  const isOurs = await crypto.subtle.verify('HMAC', await keyOf(c.env.AUTH_SECRET), bytesOf(hex), encode(text));
  return isOurs ? next() : notFound(c);
};

/** Not the secret itself: what signs commands is good for nothing else. */
async function keyOf(secret: string): Promise<CryptoKey> {
  const derived = await crypto.subtle.sign('HMAC', await hmacKey(encode(secret), 'sign'), encode('natter internal v1'));
  return hmacKey(derived, 'verify');
}

const hmacKey = (raw: BufferSource, use: 'sign' | 'verify'): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, [use]);

const encode = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text));
const bytesOf = (hex: string): Uint8Array<ArrayBuffer> => Uint8Array.from(hex.match(/../g)!, (byte) => Number.parseInt(byte, 16));
