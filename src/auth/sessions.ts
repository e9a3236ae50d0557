/**
 * From a credential to a session: whose it is follows from the credential itself, whether it is good is
 * asked of that user's object, in one call. D1 is asked for a JWT's user at first sight and when name or
 * picture changed; while it does not answer, who was seen before goes on under the old name.
 */
import type { Session } from '../../durable/session.ts';
import type { Authenticated, Proof } from '../../durable/user-inbox/sessions/api.ts';
import { accept, refuse, type Outcome } from '../../protocol/outcome.ts';
import { ensureUser } from '../../store/accounts.ts';
import { DatabaseUnavailable } from '../../store/database.ts';
import type { Env } from '../env.ts';
import type { Credential } from './credential.ts';
import { hashOf } from './hash.ts';
import { sessionOfJwt, type ForeignSession } from './jwt.ts';
import { ownerOfLegacy } from './legacy-sessions.ts';
import { isEnded, rememberEnded } from './session-memory.ts';
import { userOfToken } from './token.ts';

/** A credential whose signature is right. */
export interface Claim {
  userId: string;
  /** Under which it is remembered; null: not at all. */
  key: string | null;
  proof: Proof;
  /** What a JWT says of its user. */
  foreign: ForeignSession | null;
  /** `NAME=VALUE`, where it came as one. */
  cookie: string | undefined;
}

type NeedsProfile = Extract<Authenticated, { profile: unknown }>;

export const NOBODY = refuse('unauthenticated', 'The session is unknown or has ended.');

/** `isUpgrade`: no cookie can be set anew with the answer, so a session that came by one is not prolonged. */
export async function claimOf(credential: Credential, env: Env, now: number, isUpgrade: boolean): Promise<Outcome<Claim>> {
  const key = await hashOf(credential.token);
  if (isEnded(key)) return NOBODY;
  if (credential.kind === 'jwt') {
    const found = await sessionOfJwt(credential.token, env, now);
    if (!found.ok) return found;
    const { user_id, session_id, expires_at, name, avatar_url } = found.value;
    const profile = { hash: await hashOf(JSON.stringify([name ?? null, avatar_url ?? null])), state: 'claimed' as const };
    const proof: Proof = { kind: 'jwt', session_id, expires_at, profile };
    return accept({ userId: user_id, key, proof, foreign: found.value, cookie: undefined });
  }
  const { token, cookie } = credential;
  const userId = userOfToken(token) ?? (await ownerOfLegacy(env, token, key, now));
  if (userId === undefined) return NOBODY;
  const proof: Proof = { kind: 'token', token_hash: key, renew: !isUpgrade || cookie === undefined };
  return accept({ userId, key, proof, foreign: null, cookie });
}

/** `ask`: the user's object, with what is to be done if the proof is good. */
export async function askInbox<Answer extends object>(
  env: Env,
  { key, proof, foreign }: Claim,
  ask: (proof: Proof) => Promise<Outcome<Answer | NeedsProfile>>,
  now: number,
): Promise<Outcome<Answer>> {
  let found = await ask(proof);
  if (found.ok && 'profile' in found.value && proof.kind === 'jwt' && foreign !== null) {
    const state = await keepProfile(env, foreign, found.value.profile, now);
    found = await ask({ ...proof, profile: { ...proof.profile, state } });
  }
  if (!found.ok) {
    if (found.refusal.code === 'unauthenticated' && key !== null) rememberEnded(key);
    return found;
  }
  if ('profile' in found.value) throw new Error('the profile was asked for twice');
  return accept(found.value);
}

export type Admitted = { session: Session; renewed: boolean };

/** So long a changed name is not tried again after D1 did not answer. */
const RETRY_MS = 60_000;
const RETRIES_MAX = 1_000;
const retryAt = new Map<string, number>();

async function keepProfile(env: Env, foreign: ForeignSession, standing: 'new' | 'changed', now: number): Promise<'kept' | 'later'> {
  const { user_id, name, avatar_url } = foreign;
  if (standing === 'changed' && (retryAt.get(user_id) ?? 0) > now) return 'later';
  try {
    await ensureUser(env.DB, { user_id, name, avatar_url, now });
    return 'kept';
  } catch (error) {
    if (standing === 'new' || !(error instanceof DatabaseUnavailable)) throw error;
    if (retryAt.size >= RETRIES_MAX) retryAt.clear();
    retryAt.set(user_id, now + RETRY_MS);
    return 'later';
  }
}
