/** Bring your own users: a JWT of the embedding application is a session. */
import { SignJWT, type JWTPayload } from 'jose';
import { describe, expect, it } from 'vitest';
import type { OwnProfile } from '../../../protocol/accounts.ts';
import { uuidv5 } from '../../../protocol/ids.ts';
import { FRESH_MS, STALE_MS } from '../../../src/auth/session-facts.ts';
import { findSession } from '../../../src/auth/sessions.ts';
import { ORIGIN, call, problemOf, signUp, testEnv, watchDatabase } from './support.ts';

const SECRET = 'a shared secret of the embedding application';
const tokenOf = (claims: JWTPayload, secret = SECRET, expiresAt = Math.floor(Date.now() / 1_000) + 3_600) =>
  new SignJWT({ exp: expiresAt, ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));

function embedded(more = {}) {
  const watch = watchDatabase(testEnv().env.DB);
  return { watch, ...testEnv({ DB: watch.db, AUTH_JWT_SECRET: SECRET, ...more }) };
}

describe('a user of an embedding application', () => {
  it('exists from first sight, under an id that follows from issuer and subject', async () => {
    const { env } = embedded();
    const token = await tokenOf({ iss: 'https://app.example', sub: 'user 1', name: ' Zoë ', picture: 'https://app.example/zoe.png' });
    const profile = await (await call(env, '/v1/me', { token })).json<OwnProfile>();
    expect(profile).toEqual({
      user_id: await uuidv5('https://app.example|user 1'),
      username: null,
      name: 'Zoë',
      avatar_url: 'https://app.example/zoe.png',
      email: null,
      privacy: { read_receipts: true, last_seen: 'everyone', messages: 'everyone', groups: 'everyone', search: 'everyone' },
      created_at: expect.any(Number),
    });
    const ann = await signUp(env);
    expect(await (await call(env, `/v1/users?prefix=ZOË`, { token: ann.token })).json()).toMatchObject({
      users: [{ user_id: profile.user_id }],
    });
  });

  it('has the empty issuer when the token names none', async () => {
    const { env } = embedded();
    const profile = await (await call(env, '/v1/me', { token: await tokenOf({ sub: 'no issuer' }) })).json<OwnProfile>();
    expect(profile).toMatchObject({ user_id: await uuidv5('|no issuer'), name: '' });
  });

  it('keeps name and picture of the newest token, and what a token leaves out', async () => {
    const { env } = embedded();
    const me = async (claims: JWTPayload) =>
      (await call(env, '/v1/me', { token: await tokenOf({ sub: 'renamed', ...claims }) })).json<OwnProfile>();
    await me({ name: 'First', picture: 'https://app.example/1.png' });
    expect(await me({ name: 'Second' })).toMatchObject({ name: 'Second', avatar_url: 'https://app.example/1.png' });
    expect(await me({ picture: 'https://app.example/2.png' })).toMatchObject({ name: 'Second', avatar_url: 'https://app.example/2.png' });
    expect(await me({ name: 'x'.repeat(101), picture: 'javascript:alert(1)' })).toMatchObject({
      name: 'Second',
      avatar_url: 'https://app.example/2.png',
    });
  });

  it('costs no D1 once known, until the facts are five minutes old, nor while D1 is down', async () => {
    const { env, watch } = embedded();
    const credential = { kind: 'jwt', token: await tokenOf({ sub: 'known' }) } as const;
    const now = Date.now();
    const first = await findSession(credential, env, ORIGIN, now);
    expect(watch.statements).toHaveLength(1);
    expect(await findSession(credential, env, ORIGIN, now + FRESH_MS - 1)).toEqual(first);
    expect(watch.statements).toHaveLength(1);
    watch.fail(true);
    expect(await findSession(credential, env, ORIGIN, now + FRESH_MS)).toEqual(first);
    expect(STALE_MS).toBeGreaterThan(3_600_000);
    await expect(findSession({ kind: 'jwt', token: await tokenOf({ sub: 'unknown' }) }, env, ORIGIN, now)).rejects.toThrow();
  });

  it('has a session named after the token, which ends when the token does', async () => {
    const { env } = embedded();
    const expiresAt = Math.floor(Date.now() / 1_000) + 100;
    const credential = { kind: 'jwt', token: await tokenOf({ sub: 'session' }, SECRET, expiresAt) } as const;
    expect(await findSession(credential, env, ORIGIN, Date.now())).toMatchObject({
      ok: true,
      value: { session: { session_id: expect.stringMatching(/^jwt:[0-9a-f]{32}$/), expires_at: expiresAt * 1_000 } },
    });
    expect(await findSession(credential, env, ORIGIN, expiresAt * 1_000)).toMatchObject({ ok: false });
  });

  it('is nobody with a token that another secret signed, or where none is configured', async () => {
    const forged = await call(embedded().env, '/v1/me', { token: await tokenOf({ sub: 'x' }, 'another secret of somebody else') });
    const unwanted = await call(testEnv().env, '/v1/me', { token: await tokenOf({ sub: 'x' }) });
    for (const response of [forged, unwanted]) {
      expect(response.status).toBe(401);
      expect(await problemOf(response)).toMatchObject({ code: 'unauthenticated', detail: 'The token is not valid here.' });
    }
  });
});
