/** The account routes of the Worker (better-auth's surface), with the cookie of this origin. Refusals are values. */
import type { OwnProfile } from '../../../protocol/accounts.ts';
import { isOwnProfile } from '../lib/own-profile.ts';
import type { Refused } from '../lib/sign-in-errors.ts';

export interface SignUp {
  email: string;
  password: string;
  name: string;
  username: string;
}
const ASK: RequestInit = { headers: { accept: 'application/json' }, credentials: 'same-origin' };

export type Answer<T> = { ok: true; value: T } | { ok: false; refused: Refused };

export const signUp = (form: SignUp): Promise<Answer<null>> => post('sign-up/email', form);

/** `who` is an e-mail address or a user name. */
export const signIn = (who: string, password: string): Promise<Answer<null>> =>
  who.includes('@') ? post('sign-in/email', { email: who, password }) : post('sign-in/username', { username: who, password });

/** @param userId whose session it is meant to be: another's is left alone */
export const signOut = (userId: string | undefined): Promise<Answer<null>> =>
  post('sign-out', {}, userId === undefined ? {} : { 'natter-user': userId });

/** `value: null` when nobody is signed in, which only a 401 says: whatever else is no profile is no answer. */
export async function ownProfile(get = () => fetch('/v1/me', ASK)): Promise<Answer<OwnProfile | null>> {
  const answer = await answerOf(get);
  if (answer.ok) return isOwnProfile(answer.value) ? { ok: true, value: answer.value } : { ok: false, refused: { status: 0 } };
  return answer.refused.status === 401 ? { ok: true, value: null } : answer;
}

async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Answer<null>> {
  const init: RequestInit = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    credentials: 'same-origin',
  };
  const answer = await answerOf(() => fetch(`/v1/auth/${path}`, init));
  return answer.ok ? { ok: true, value: null } : answer;
}

async function answerOf(get: () => Promise<Response>): Promise<Answer<unknown>> {
  let response: Response;
  try {
    response = await get();
  } catch {
    return { ok: false, refused: { status: 0 } };
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return { ok: true, value: body };
  const { code, message, detail, retry_after: wait } = isRecord(body) ? body : {};
  const retryAfter = typeof wait === 'number' ? wait : undefined;
  return { ok: false, refused: { status: response.status, code: text(code), message: text(message) ?? text(detail), retryAfter } };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
