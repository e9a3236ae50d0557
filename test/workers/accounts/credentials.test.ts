/** What a credential must be to count: signed, whole, in its place. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SESSION_LIFETIME_MS } from '../../../protocol/limits.ts';
import { somebody, change, inboxOf, stored } from './somebody.ts';
import { call, problemOf, testEnv } from './support.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('credentials', () => {
  it('that are forged, cut or of another kind cost no read', async () => {
    const { env, watch, person } = await somebody();
    const [token, signature] = person.token.split('.');
    for (const authorization of [
      `Bearer ${token}.${signature?.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}`,
      `Bearer x${token}.${signature}`,
      'Bearer ',
      'Bearer a b',
      `Basic ${person.token}`,
      'Bearer %E0%A4%A.%',
      'Bearer a.b.c',
    ]) {
      expect((await call(env, '/v1/me', { headers: { authorization } })).status, authorization).toBe(401);
    }
    expect((await call(env, '/v1/me', { headers: { cookie: `${person.cookie}x` } })).status).toBe(401);
    expect(watch.statements).toEqual([]);
  });

  it('[A16] are signed: what sign-in answers in its body, D1 or the object holds signs nobody in', async () => {
    const { env, person } = await somebody();
    const [session] = await stored(person);
    const answer = await call(env, '/v1/auth/sign-in/email', { body: { email: person.email, password: person.password } });
    const { token } = await answer.json<{ token: string }>();
    const { results } = await env.DB.prepare('SELECT * FROM user JOIN account ON account.userId = user.id WHERE user.id = ?')
      .bind(person.user_id)
      .all();
    const held = [token, decodeURIComponent(person.token).split('.')[0]!, ...[session!, ...results].flatMap((row) => Object.values(row))];
    for (const value of held.filter((one) => typeof one === 'string' && /^[\w.-]+$/.test(one))) {
      expect((await call(env, '/v1/me', { token: String(value) })).status, String(value)).toBe(401);
    }
    expect(JSON.stringify([session, results])).not.toContain(decodeURIComponent(person.token).split('.')[0]);
    expect(await (await call(env, '/v1/auth/get-session', { token })).json()).toBeNull();
  });

  it('are nowhere to be had: the lists of tokens are closed', async () => {
    const { env, person } = await somebody();
    const closed = [
      await call(env, '/v1/auth/list-sessions', { token: person.token }),
      await call(env, '/v1/auth/revoke-session', { token: person.token, body: { token: 'x' } }),
      await call(env, '/v1/auth/update-session', { token: person.token, body: {} }),
    ];
    expect(closed.map(({ status }) => status)).toEqual([404, 404, 404]);
    const { session } = await (await call(env, '/v1/auth/get-session', { token: person.token })).json<{ session: { userId: string } }>();
    expect(session.userId).toBe(person.user_id);
  });

  it('none: sign in first', async () => {
    const { env } = testEnv();
    const response = await call(env, '/v1/me');
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await problemOf(response)).toEqual({
      type: 'urn:natter:error:unauthenticated',
      title: 'Sign in first',
      status: 401,
      code: 'unauthenticated',
      detail: 'Sign in, and send the cookie or the bearer token.',
    });
  });

  it('of a session that is not to be remembered are not prolonged', async () => {
    const { env, person } = await somebody();
    const response = await call(env, '/v1/auth/sign-in/email', {
      body: { email: person.email, password: person.password, rememberMe: false },
    });
    const cookie = response.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 23 * 3_600_000 });
    const me = await call(env, '/v1/me', { headers: { cookie } });
    expect([me.status, me.headers.getSetCookie()]).toEqual([200, []]);
  });

  it('that ran out are gone with the next question, and so are the push addresses that came by them', async () => {
    const { env, person } = await somebody();
    const device = crypto.randomUUID();
    const address = { kind: 'fcm', token: 'a token' };
    expect((await call(env, `/v1/devices/${device}/push`, { method: 'PUT', token: person.token, body: address })).status).toBe(200);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + SESSION_LIFETIME_MS });
    await inboxOf(env, person).planPushes([]);
    expect([await stored(person), await inboxOf(env, person).pushAddress(device)]).toEqual([[], { ok: true, value: null }]);
    expect(await change(env, person.token)).toBe(401);
  });

  it('are prolonged when they are used: the cookie is set anew once a day', async () => {
    const { env, person } = await somebody();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 25 * 3_600_000 });
    const renewed = await call(env, '/v1/me', { headers: { cookie: person.cookie } });
    const [cookie] = renewed.headers.getSetCookie();
    expect(cookie).toBe(`${person.cookie}; Max-Age=2592000; Path=/; HttpOnly; Secure; SameSite=Lax`);
    expect((await stored(person)).map(({ expires_at }) => expires_at)).toEqual([Date.now() + SESSION_LIFETIME_MS]);
    vi.setSystemTime(Date.now() + 120_000);
    expect((await call(env, '/v1/me', { headers: { cookie: person.cookie } })).headers.getSetCookie()).toEqual([]);
  });
});
