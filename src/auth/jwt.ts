/**
 * Bring your own users: a JWT that the embedding application signed stands for a session.
 * The kind of key fixes the algorithms (RFC 8725 §3.1), so a public key can never serve as a secret.
 * The user's id follows from issuer and subject. Asks no database.
 */
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from 'jose';
import { FOREIGN_SESSION } from '../../durable/session.ts';
import { uuidv5 } from '../../protocol/ids.ts';
import { accept, refuse, type Outcome } from '../../protocol/outcome.ts';
import type { Env } from '../env.ts';
import { nameProblem, pictureProblem } from './identity.ts';
import { hashOf } from './hash.ts';

const ASYMMETRIC = ['RS256', 'ES256', 'EdDSA'];
const SYMMETRIC = ['HS256'];

type JwtConfig = Pick<Env, 'AUTH_JWKS_URL' | 'AUTH_JWT_SECRET' | 'AUTH_JWT_ISSUER' | 'AUTH_JWT_AUDIENCE'>;

/** Whom a token speaks of, and as what. */
export interface ForeignSession {
  user_id: string;
  session_id: string;
  expires_at: number;
  /** Undefined where the token says nothing that may be taken. */
  name: string | undefined;
  avatar_url: string | undefined;
}

export async function sessionOfJwt(token: string, env: JwtConfig, now: number): Promise<Outcome<ForeignSession>> {
  const claims = await verifyJwt(token, env, now);
  if (!claims.ok) return claims;
  const { iss = '', sub, exp, name, picture } = claims.value;
  return accept({
    user_id: await uuidv5(`${iss}|${sub}`),
    session_id: `${FOREIGN_SESSION}${(await hashOf(token)).slice(0, 32)}`,
    expires_at: exp * 1_000,
    name: nameProblem(name) === undefined ? String(name).trim() : undefined,
    avatar_url: pictureProblem(picture) === undefined ? (picture as string) : undefined,
  });
}

interface Claims extends JWTPayload {
  sub: string;
  exp: number;
}

/** Says nothing about which check failed: that helps only who is guessing. */
export async function verifyJwt(token: string, config: JwtConfig, now: number): Promise<Outcome<Claims>> {
  const options: JWTVerifyOptions = {
    currentDate: new Date(now),
    requiredClaims: ['exp', 'sub'],
    ...(config.AUTH_JWT_ISSUER ? { issuer: config.AUTH_JWT_ISSUER } : {}),
    ...(config.AUTH_JWT_AUDIENCE ? { audience: config.AUTH_JWT_AUDIENCE } : {}),
  };
  try {
    const payload = await verifiedPayload(token, config, options);
    if (payload !== undefined && isComplete(payload)) return accept(payload);
  } catch (error) {
    if (error instanceof errors.JWKSTimeout || isUnreachable(error))
      return refuse('unavailable', 'The keys of the token’s issuer cannot be read right now.', { retry_after: 5 });
    if (!(error instanceof errors.JOSEError)) throw error;
  }
  return refuse('unauthenticated', 'The token is not valid here.');
}

async function verifiedPayload(token: string, config: JwtConfig, options: JWTVerifyOptions): Promise<JWTPayload | undefined> {
  if (config.AUTH_JWKS_URL) {
    return (await jwtVerify(token, keySetOf(config.AUTH_JWKS_URL), { ...options, algorithms: ASYMMETRIC })).payload;
  }
  if (config.AUTH_JWT_SECRET) {
    const secret = new TextEncoder().encode(config.AUTH_JWT_SECRET);
    return (await jwtVerify(token, secret, { ...options, algorithms: SYMMETRIC })).payload;
  }
  return undefined;
}

const isComplete = (payload: JWTPayload): payload is Claims =>
  typeof payload.sub === 'string' && payload.sub !== '' && typeof payload.exp === 'number';

/** jose throws its plain base class when the answer is no key set. */
const isUnreachable = (error: unknown): boolean =>
  error instanceof TypeError || (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC');

const keySets = new Map<string, ReturnType<typeof createRemoteJWKSet>>();

/** Keys are fetched once per isolate, and again (at most every 30 s) when a token names an unknown one. */
function keySetOf(url: string): ReturnType<typeof createRemoteJWKSet> {
  const keySet = keySets.get(url) ?? createRemoteJWKSet(new URL(url));
  keySets.set(url, keySet);
  return keySet;
}
