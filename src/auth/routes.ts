/**
 * `/v1/auth/*`: better-auth's own surface, behind the checks that it lacks: one clear problem for a
 * body that is no JSON, the throttle before a password is hashed, and 503 when D1 or an object failed meanwhile.
 */
import { getIP } from 'better-auth/api';
import { Hono } from 'hono';
import * as z from 'zod/mini';
import type { Ending } from '../../durable/sign-in/record.ts';
import { dropHalfMade, userIdOf } from '../../store/accounts.ts';
import type { App, AppContext } from '../http/context.ts';
import { refused } from '../http/problems.ts';
import { isJson } from '../http/validation.ts';
import { inboxObject } from '../objects.ts';
import { authOf } from './better-auth.ts';
import { endAllBut, endOwn, forAnother } from './own-session.ts';
import {
  changePasswordOperation,
  revokeOthersOperation,
  getSessionOperation,
  signInEmailOperation,
  signInUsernameOperation,
  signOutOperation,
  signUpOperation,
} from './operations.ts';
import { requireSession } from './require-session.ts';
import { beginSignIn } from './throttle.ts';
import { watched } from './watched-database.ts';

export const authRoutes = new Hono<App>()
  .post('/auth/sign-up/email', signUpOperation, signUp)
  .post('/auth/sign-in/email', signInEmailOperation, (c) => signIn(c, 'email'))
  .post('/auth/sign-in/username', signInUsernameOperation, (c) => signIn(c, 'username'))
  .post('/auth/sign-out', signOutOperation, signOut)
  .post('/auth/change-password', changePasswordOperation, changePassword)
  .post('/auth/revoke-other-sessions', revokeOthersOperation, requireSession, revokeOthers)
  .get('/auth/get-session', getSessionOperation, pass)
  .on(['GET', 'POST'], '/auth/*', pass);

async function pass(c: AppContext): Promise<Response> {
  const read = await readBody(c);
  if (!read.ok) return read.refused;
  return (await forAnother(c)) ?? ask(c, read.text);
}

/** The session ends first, whoever brought it; better-auth then takes its cookies back. */
async function signOut(c: AppContext): Promise<Response> {
  const read = await readBody(c);
  if (!read.ok) return read.refused;
  const ended = await endOwn(c);
  return ended.ok ? ask(c, read.text) : refused(ended.refusal);
}

/** The other sessions end with the old password, unless the request says that they are to stay. */
async function changePassword(c: AppContext): Promise<Response> {
  const read = await readBody(c, { required: true });
  if (!read.ok) return read.refused;
  const refusal = await forAnother(c);
  if (refusal !== undefined) return refusal;
  const response = await ask(c, JSON.stringify({ revokeOtherSessions: true, ...read.json }));
  const { token } = response.ok ? await response.clone().json<{ token: string | null }>() : { token: null };
  // Once more: somebody may have signed in with the old password while it was being changed.
  if (token !== null) await endAllBut(c, token);
  return response;
}

async function revokeOthers(c: AppContext): Promise<Response> {
  const { user_id, session_id } = c.get('session');
  await inboxObject(c.env, user_id).endOtherSessions({ session_id });
  return c.json({ status: true });
}

async function signUp(c: AppContext): Promise<Response> {
  const read = await readBody(c, { required: true });
  if (!read.ok) return read.refused;
  const response = await ask(c, read.text);
  const email = accountIn(read.json, 'email');
  // Email (422) or user name (400) taken: perhaps only by the same sign-up, when the database interrupted it.
  if (![400, 422].includes(response.status) || email === undefined) return response;
  const dropped = await dropHalfMade(c.env.DB, email, Date.now() - SIGN_UP_MS);
  return dropped ? ask(c, read.text) : response;
}

/** A sign-up that began longer ago than this does not go on any more. */
const SIGN_UP_MS = 60_000;

async function signIn(c: AppContext, key: 'email' | 'username'): Promise<Response> {
  const read = await readBody(c, { required: true });
  if (!read.ok) return read.refused;
  const name = accountIn(read.json, key);
  // Without an account there is no password to guess: better-auth says what is missing.
  if (name === undefined) return ask(c, read.text);
  const userId = await userIdOf(c.env.DB, key, name);
  const address = getIP(c.req.raw, authOf(c.env, c.req.url).options);
  const attempt = await beginSignIn(c.env, { name, userId, address }, Date.now());
  if (!attempt.admitted) {
    return refused({
      code: 'rate_limited',
      detail: 'Too many failed attempts. Wait before the next one.',
      retry_after: Math.ceil(attempt.retryAfterMs / 1_000),
    });
  }
  let ending: Ending = 'unchecked';
  try {
    const response = await ask(c, read.text);
    if (response.ok) ending = 'right';
    else if (response.status === 401) ending = 'wrong';
    return response;
  } finally {
    await attempt.end(ending, Date.now());
  }
}

async function ask(c: AppContext, text: string): Promise<Response> {
  const { method } = c.req.raw;
  const headers = new Headers(c.req.raw.headers);
  // Its hooks take a body for granted: none is an empty one.
  if (method !== 'GET' && text === '') headers.set('content-type', 'application/json');
  const request = new Request(c.req.url, { method, headers, ...(method === 'GET' ? {} : { body: text || '{}' }) });
  const { failed, result, error } = await watched(() => authOf(c.env, c.req.url).handler(request));
  if (failed) return refused({ code: 'unavailable', detail: 'Accounts cannot be read right now.', retry_after: 2 });
  if (result === undefined) throw error;
  if (result.status === 429) {
    return refused({
      code: 'rate_limited',
      detail: 'Too many requests from this address.',
      retry_after: Number(result.headers.get('x-retry-after') ?? 1),
    });
  }
  if (result.status >= 500) throw new Error(`better-auth answered ${result.status}`);
  if (result.status === 404 && !isJson(result.headers.get('content-type') ?? undefined)) return c.notFound();
  return new Response(result.body, result);
}

type Body = { ok: true; text: string; json: object | undefined } | { ok: false; refused: Response };

/** better-auth's hooks read fields of a body without looking whether it is an object and they are texts. */
async function readBody(c: AppContext, { required = false } = {}): Promise<Body> {
  const text = c.req.method === 'GET' ? '' : new TextDecoder().decode(await c.req.arrayBuffer());
  if (text === '' && !required) return { ok: true, text, json: undefined };
  if (!isJson(c.req.header('content-type'))) {
    return { ok: false, refused: refused({ code: 'unsupported_media', detail: 'Send the body as application/json.' }) };
  }
  const parsed = textFields.safeParse(parse(text));
  if (parsed.success) return { ok: true, text, json: parsed.data };
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  return { ok: false, refused: refused({ code: 'bad_request', detail: 'The body does not have the right form.' }, { issues }) };
}

/** What is no JSON is undefined, which no schema of a body takes. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const optionalText = z.optional(z.string());
const textFields = z.looseObject({
  email: optionalText,
  username: optionalText,
  name: optionalText,
  image: z.optional(z.nullable(z.string())),
});

function accountIn(json: object | undefined, key: string): string | undefined {
  const value = json === undefined ? undefined : (Reflect.get(json, key) as unknown);
  return typeof value === 'string' && value.length <= 320 ? value.trim().toLowerCase() : undefined;
}
