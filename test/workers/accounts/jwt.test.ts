/** Bring your own users: a JWT of the embedding application is a session. */
import { SignJWT, type JWTPayload } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { OwnProfile } from '../../../protocol/accounts.ts';
import { uuidv5 } from '../../../protocol/ids.ts';
import { sessionOfJwt } from '../../../src/auth/jwt.ts';
import { call, problemOf, signUp, testEnv, watchDatabase } from './support.ts';

afterEach(() => void vi.useRealTimers());

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

  it('[A14] costs D1 one statement at first sight and none later, whatever token comes', async () => {
    const { env, watch } = embedded();
    for (let hour = 0; hour < 3; hour++) {
      const token = await tokenOf({ sub: 'known', name: 'Zoë', jti: String(hour) });
      expect((await call(env, '/v1/tickets', { method: 'POST', token })).status).toBe(200);
    }
    expect(watch.statements).toHaveLength(1);
  });

  it('[A14] goes on while D1 is down, with a new token and a new name too; one who was never seen has to wait', async () => {
    const { env, watch } = embedded();
    const ask = async (claims: JWTPayload) => (await call(env, '/v1/tickets', { method: 'POST', token: await tokenOf(claims) })).status;
    const sub = crypto.randomUUID();
    expect(await ask({ sub, name: 'First' })).toBe(200);
    watch.fail(true);
    expect([
      await ask({ sub, name: 'First', jti: '2' }),
      await ask({ sub, name: 'Second' }),
      await ask({ sub: crypto.randomUUID() }),
    ]).toEqual([200, 200, 503]);
    // Not tried again for a minute: nobody is to wait for D1 with each request.
    watch.statements.length = 0;
    expect(await ask({ sub, name: 'Second', jti: '3' })).toBe(200);
    expect(watch.statements).toEqual([]);
    watch.fail(false);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_001 });
    expect(await ask({ sub, name: 'Second', jti: '4' })).toBe(200);
    const profile = await (await call(env, '/v1/me', { token: await tokenOf({ sub, name: 'Second', jti: '5' }) })).json<OwnProfile>();
    expect(profile.name).toBe('Second');
  });

  it('has a session named after the token, which ends when the token does', async () => {
    const { env } = embedded();
    const expiresAt = Math.floor(Date.now() / 1_000) + 100;
    const token = await tokenOf({ sub: 'session' }, SECRET, expiresAt);
    const answered = await sessionOfJwt(token, env, Date.now());
    expect(answered).toMatchObject({
      ok: true,
      value: { session_id: expect.stringMatching(/^jwt:[0-9a-f]{32}$/), expires_at: expiresAt * 1_000 },
    });
    expect(await sessionOfJwt(token, env, expiresAt * 1_000)).toMatchObject({ ok: false });
    expect((await call(env, '/v1/me', { token })).status).toBe(200);
    vi.useFakeTimers({ toFake: ['Date'], now: expiresAt * 1_000 });
    expect((await call(env, '/v1/me', { token })).status).toBe(401);
  });

  it('[A2] that signed out is refused until its token has run out; another token of the same user is not', async () => {
    const { env } = embedded();
    const sub = crypto.randomUUID();
    const [ended, kept] = [await tokenOf({ sub, jti: '1' }), await tokenOf({ sub, jti: '2' })];
    expect((await call(env, '/v1/tickets', { method: 'POST', token: ended })).status).toBe(200);
    expect((await call(env, '/v1/auth/sign-out', { method: 'POST', token: ended })).status).toBe(200);
    const after = await Promise.all([ended, kept].map((token) => call(env, '/v1/tickets', { method: 'POST', token })));
    expect(after.map(({ status }) => status)).toEqual([401, 200]);
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
