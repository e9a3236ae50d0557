/**
 * What a request shows to say who it is: a signed session token (cookie or bearer) or a JWT of an
 * embedding application. Reads and checks its form and signature; asks no database.
 */
import { parseCookies } from 'better-auth/cookies';
import type { Env } from '../env.ts';
import { cookieKey } from './keys.ts';

export type Credential =
  /** `cookie`: as it came (`NAME=VALUE`), where it came so. */
  { kind: 'session'; token: string; cookie: string | undefined } | { kind: 'jwt'; token: string };

const COOKIES = ['__Secure-better-auth.session_token', 'better-auth.session_token'];

/** The bearer wins: who sends both means the one that was written on purpose. */
export async function credentialOf(headers: Headers, env: Pick<Env, 'AUTH_SECRET'>): Promise<Credential | undefined> {
  const authorization = headers.get('authorization');
  if (authorization !== null) {
    const [, bearer] = /^bearer\s+(\S+)\s*$/i.exec(authorization) ?? [];
    if (bearer === undefined) return undefined;
    if (bearer.split('.').length === 3) return { kind: 'jwt', token: bearer };
    const token = await unsigned(bearer, env.AUTH_SECRET);
    return token === undefined ? undefined : { kind: 'session', token, cookie: undefined };
  }
  const cookies = parseCookies(headers.get('cookie') ?? '');
  for (const name of COOKIES) {
    const value = cookies.get(name);
    const token = value === undefined ? undefined : await unsigned(value, env.AUTH_SECRET);
    if (token !== undefined) return { kind: 'session', token, cookie: `${name}=${encodeURIComponent(value!)}` };
  }
  return undefined;
}

/** `TOKEN.SIGNATURE`, perhaps percent-encoded; the signature is an HMAC-SHA256 in base64. */
async function unsigned(signed: string, secret: string): Promise<string | undefined> {
  const value = decoded(signed);
  const [, token, signature] = /^([\w-]+)\.([A-Za-z0-9+/]{43}=)$/.exec(value) ?? [];
  if (token === undefined || signature === undefined) return undefined;
  const bytes = Buffer.from(signature, 'base64');
  const valid = await crypto.subtle.verify('HMAC', await cookieKey(secret), bytes, new TextEncoder().encode(token));
  return valid ? token : undefined;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
