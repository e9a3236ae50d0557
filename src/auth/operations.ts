/** better-auth's main endpoints in the words of our document; it validates them itself. */
import { resolver } from 'hono-openapi';
import * as z from 'zod/mini';
import { describe, type Operation } from '../http/openapi.ts';

const account = z.object({
  id: z.string(),
  name: z.string(),
  email: z.nullable(z.string()),
  emailVerified: z.boolean(),
  image: z.optional(z.nullable(z.string())),
  username: z.optional(z.nullable(z.string())),
  createdAt: z.string(),
  updatedAt: z.string(),
});
const signedIn = z.object({ token: z.string(), user: account });
const session = z.object({ id: z.string(), userId: z.string(), token: z.string(), expiresAt: z.string() });
const authError = z.object({ code: z.optional(z.string()), message: z.string() });
const password = z.string().check(z.minLength(8), z.maxLength(128));
const username = z.string().check(z.minLength(3), z.maxLength(30), z.regex(/^[a-zA-Z0-9_.]+$/));

export const AUTH_SCHEMAS = { Account: account, SignedIn: signedIn, AuthError: authError };

export const signUpOperation = authOperation(
  {
    summary: 'Sign up',
    description: 'Sets the session cookie, and names the same token in the header `set-auth-token`.',
    tag: 'Accounts',
    open: true,
    answers: { 200: ['Signed up and in', signedIn], 422: ['The email is taken', authError] },
    refusals: ['unsupported_media', 'too_large', 'rate_limited', 'forbidden'],
  },
  z.object({ email: z.email(), password, name: z.string(), username: z.optional(username), image: z.optional(z.url()) }),
);

export const signInEmailOperation = authOperation(signInWith('email'), z.object({ email: z.email(), password }));

export const signInUsernameOperation = authOperation(signInWith('user name'), z.object({ username, password }));

export const signOutOperation = describe({
  summary: 'Sign out',
  description: 'No socket opens and nothing changes with it any more; reads elsewhere end within a minute, its sockets within seconds.',
  tag: 'Accounts',
  answers: { 200: ['Signed out', z.object({ success: z.boolean() })] },
  refusals: ['conflict'],
});

export const changePasswordOperation = authOperation(
  {
    summary: 'Change the password',
    description: 'Ends all sessions, before the answer, and begins a new one; with `revokeOtherSessions: false` none ends.',
    tag: 'Accounts',
    answers: { 200: ['Changed; a new token where sessions were ended', z.object({ token: z.nullable(z.string()), user: account })] },
    refusals: ['unsupported_media', 'too_large', 'rate_limited', 'forbidden'],
  },
  z.object({ currentPassword: password, newPassword: password, revokeOtherSessions: z.optional(z.boolean()) }),
);

export const revokeOthersOperation = describe({
  summary: 'End all other sessions',
  tag: 'Accounts',
  answers: { 200: ['Ended', z.object({ status: z.boolean() })] },
});

export const getSessionOperation = describe({
  summary: 'The current session',
  tag: 'Accounts',
  open: true,
  answers: { 200: ['The session and its account, or null', z.nullable(z.object({ session, user: account }))] },
});

function signInWith(what: string): Operation {
  return {
    summary: `Sign in with the ${what}`,
    description:
      'After five failures at an account from one address, each further try from there must wait: 1 s, 2 s, 4 s … at most an hour. ' +
      'Addresses from which nobody signed in to it in 90 days have 100 failures an hour together.',
    tag: 'Accounts',
    open: true,
    answers: { 200: ['Signed in', signedIn], 401: ['Wrong', authError] },
    refusals: ['unsupported_media', 'too_large', 'rate_limited', 'forbidden'],
  };
}

function authOperation(operation: Operation, body: z.ZodMiniType) {
  return describe(operation, { required: true, content: { 'application/json': { schema: resolver(body) } } });
}
