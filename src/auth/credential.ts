/**
 * What a request shows to say who it is: a signed session token (cookie or bearer) or a JWT of an
 * embedding application. Reads and checks its form and signature; asks no database.
 */
import { parseCookies } from 'better-auth/cookies';
import type { Env } from '../env.ts';

export type Credential =
  /** `cookies`: all that came with it; one of them says whether the session may be prolonged. */
  { kind: 'session'; token: string; from: 'cookie' | 'bearer'; cookies: string } | { kind: 'jwt'; token: string };

/** A token without a signature is as good as one with: it is 32 random characters, and only looked up. */
const RAW_TOKEN = /^[A-Za-z0-9_-]{32}$/;
const COOKIES = ['__Secure-better-auth.session_token', 'better-auth.session_token'];

/** The bearer wins: who sends both means the one that was written on purpose. */
export async function credentialOf(headers: Headers, env: Pick<Env, 'AUTH_SECRET'>): Promise<Credential | undefined> {
  const cookieHeader = headers.get('cookie') ?? '';
  const authorization = headers.get('authorization');
  if (authorization !== null) {
    const [, bearer] = /^bearer\s+(\S+)\s*$/i.exec(authorization) ?? [];
    if (bearer === undefined) return undefined;
    if (bearer.split('.').length === 3) return { kind: 'jwt', token: bearer };
    if (RAW_TOKEN.test(bearer)) return { kind: 'session', token: bearer, from: 'bearer', cookies: cookieHeader };
    const token = await unsigned(bearer, env.AUTH_SECRET);
    return token === undefined ? undefined : { kind: 'session', token, from: 'bearer', cookies: cookieHeader };
  }
  const cookies = parseCookies(cookieHeader);
  for (const name of COOKIES) {
    const value = cookies.get(name);
    const token = value === undefined ? undefined : await unsigned(value, env.AUTH_SECRET);
    if (token !== undefined) return { kind: 'session', token, from: 'cookie', cookies: cookieHeader };
  }
  return undefined;
}

/** `TOKEN.SIGNATURE`, perhaps percent-encoded; the signature is an HMAC-SHA256 in base64. */
async function unsigned(signed: string, secret: string): Promise<string | undefined> {
  const value = decoded(signed);
  const [, token, signature] = /^([\w-]+)\.([A-Za-z0-9+/]{43}=)$/.exec(value) ?? [];
  if (token === undefined || signature === undefined) return undefined;
  const bytes = Buffer.from(signature, 'base64');
  const valid = await crypto.subtle.verify('HMAC', await keyOf(secret), bytes, new TextEncoder().encode(token));
  return valid ? token : undefined;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

const keys = new Map<string, Promise<CryptoKey>>();

function keyOf(secret: string): Promise<CryptoKey> {
  const known = keys.get(secret);
  if (known !== undefined) return known;
  const imported = crypto.subtle.importKey('raw', new TextEncoder().encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  keys.set(secret, imported);
  return imported;
}
