/** The account routes of the Worker (better-auth's surface), with the cookie of this origin. Refusals are values. */
import type { OwnProfile } from '../../../protocol/accounts.ts';
import type { Refused } from '../lib/sign-in-errors.ts';

export interface SignUp {
  email: string;
  password: string;
  name: string;
  username: string;
}
export type Answer<T> = { ok: true; value: T } | { ok: false; refused: Refused };

export const signUp = (form: SignUp): Promise<Answer<null>> => post('sign-up/email', form);

/** `who` is an e-mail address or a user name. */
export const signIn = (who: string, password: string): Promise<Answer<null>> =>
  who.includes('@') ? post('sign-in/email', { email: who, password }) : post('sign-in/username', { username: who, password });

export const signOut = (): Promise<Answer<null>> => post('sign-out', {});

/** `value: null` when nobody is signed in. */
export async function ownProfile(): Promise<Answer<OwnProfile | null>> {
  const answer = await request('/v1/me', { headers: { accept: 'application/json' } });
  if (answer.ok) return { ok: true, value: answer.value as OwnProfile };
  return answer.refused.status === 401 ? { ok: true, value: null } : answer;
}

async function post(path: string, body: object): Promise<Answer<null>> {
  const answer = await request(`/v1/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.ok ? { ok: true, value: null } : answer;
}

async function request(url: string, init: RequestInit): Promise<Answer<unknown>> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, credentials: 'same-origin' });
  } catch {
    return { ok: false, refused: { status: 0 } };
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return { ok: true, value: body };
  const { code, message, detail } = isRecord(body) ? body : {};
  return { ok: false, refused: { status: response.status, code: text(code), message: text(message) ?? text(detail) } };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
