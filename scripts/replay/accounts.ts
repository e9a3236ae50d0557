/** Accounts of a server, for scripts: signs up, or in when the name is there already. Rejects with `NatterError`. */
import { NatterError } from '@natter/client';
import type { ErrorCode } from '../../protocol/errors.ts';
import * as z from 'zod/mini';

export interface Person {
  username: string;
  name: string;
  password: string;
}

export interface Account {
  user_id: string;
  token: string;
}

const answer = z.object({ token: z.string(), user: z.object({ id: z.string() }) });
const refusal = z.object({ code: z.optional(z.string()), message: z.optional(z.string()), detail: z.optional(z.string()) });

export async function enter(url: string, { username, name, password }: Person): Promise<Account> {
  const email = `${username}@natter.example`;
  const signedUp = await post(`${url}/v1/auth/sign-up/email`, { email, password, name, username });
  if (signedUp.status < 400) return accountIn(signedUp);
  const isTaken = /ALREADY/.test((await refusalIn(signedUp)).code ?? '');
  if (!isTaken) throw await problemOf(signedUp);
  const signedIn = await post(`${url}/v1/auth/sign-in/username`, { username, password });
  if (signedIn.status < 400) return accountIn(signedIn);
  throw await problemOf(signedIn);
}

/** Null: no server of ours answers there. */
export async function greet(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/v1/me`)).status === 401;
  } catch {
    return false;
  }
}

async function post(url: string, body: object): Promise<Response> {
  try {
    return await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  } catch (error) {
    throw new NatterError({ code: 'unavailable', detail: error instanceof Error ? error.message : String(error) });
  }
}

async function accountIn(response: Response): Promise<Account> {
  const { user, token } = answer.parse(await response.json());
  return { user_id: user.id, token: response.headers.get('set-auth-token') ?? token };
}

async function problemOf(response: Response): Promise<NatterError> {
  const { message, detail } = await refusalIn(response);
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new NatterError({
    code: codeOf(response.status),
    detail: detail ?? message ?? `the server answered ${response.status}`,
    ...(Number.isFinite(seconds) && { retry_after: seconds }),
  });
}

/** The body can be read once; a copy is read here. */
async function refusalIn(response: Response): Promise<z.infer<typeof refusal>> {
  try {
    return refusal.parse(await response.clone().json());
  } catch {
    return {};
  }
}

const codeOf = (status: number): ErrorCode =>
  status === 429 ? 'rate_limited' : status >= 500 ? 'unavailable' : status === 401 ? 'unauthenticated' : 'bad_request';
