/** Who is signed in is known in the user's object: one call answers what changes something, a read goes by an answer of the last minute. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SESSIONS_PER_USER_MAX, SESSION_LIFETIME_MS } from '../../../protocol/limits.ts';
import { REMEMBERED_MS } from '../../../src/auth/session-memory.ts';
import { somebody, read, change, inboxOf, stored } from './somebody.ts';
import { call, inboxesOf, problemOf, signUp, testEnv } from './support.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a session', () => {
  it('[A14] costs one call to its object for each change and one a minute for reads, and D1 nothing', async () => {
    const { env, watch, person, asked } = await somebody();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    for (let count = 0; count < 3; count++) expect(await change(env, person.token)).toBe(200);
    expect(asked).toHaveLength(3);
    for (let count = 0; count < 3; count++) expect(await read(env, person)).toBe(404);
    expect(asked).toHaveLength(3);
    vi.setSystemTime(Date.now() + REMEMBERED_MS);
    expect(await read(env, person)).toBe(404);
    expect(asked).toHaveLength(4);
    expect(watch.statements.filter((sql) => /session/i.test(sql))).toEqual([]);
  });

  it('[A14] goes on while D1 is down, and can be ended meanwhile', async () => {
    const { env, watch, person } = await somebody();
    watch.fail(true);
    expect(await change(env, person.token)).toBe(200);
    expect((await call(env, '/v1/auth/sign-out', { method: 'POST', token: person.token })).status).toBe(200);
    expect(await change(env, person.token)).toBe(401);
  });

  it('[A2] that ended elsewhere changes nothing from then on, and reads nothing after a minute', async () => {
    const { env, person } = await somebody();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    expect(await read(env, person)).toBe(404);
    await inboxOf(env, person).endOtherSessions(null);
    expect(await read(env, person)).toBe(404);
    vi.setSystemTime(Date.now() + REMEMBERED_MS);
    expect([await read(env, person), await change(env, person.token)]).toEqual([401, 401]);
  });

  it('[A2] that ended elsewhere is told so by the profile at once: the one read that asks whether it is still good', async () => {
    const { env, person } = await somebody();
    const me = async () => (await call(env, '/v1/me', { token: person.token })).status;
    expect([await me(), await read(env, person)]).toEqual([200, 404]);
    await inboxOf(env, person).endOtherSessions(null);
    expect(await me()).toBe(401);
  });

  it('[A2] is over when sign-out answers 200; where its object throws the answer is 503, and repeating it ends it', async () => {
    const { env, person } = await somebody();
    let fails = 1;
    const USER_INBOX = inboxesOf((name) => ({
      endSession: (id: string, end?: number) => {
        if (fails-- > 0) throw new Error('the object was reset');
        return env.USER_INBOX.get(env.USER_INBOX.idFromName(name)).endSession(id, end);
      },
    }));
    const flaky = { ...env, USER_INBOX };
    const signOut = () => call(flaky, '/v1/auth/sign-out', { method: 'POST', token: person.token });
    const refused = await signOut();
    expect([refused.status, (await problemOf(refused)).code]).toEqual([503, 'unavailable']);
    expect((await signOut()).status).toBe(200);
    expect([await change(env, person.token), await stored(person)]).toEqual([401, []]);
  });

  it('[A2] of two sign-ins at once is gone with the change of the password, and only the new one is left', async () => {
    const { env, person } = await somebody();
    const signIn = async () => {
      const answer = await call(env, '/v1/auth/sign-in/email', { body: { email: person.email, password: person.password } });
      return answer.headers.get('set-auth-token') ?? '';
    };
    const others = [person.token, ...(await Promise.all([signIn(), signIn()]))];
    expect(await stored(person)).toHaveLength(3);
    const changed = await call(env, '/v1/auth/change-password', {
      token: others[1],
      body: { currentPassword: person.password, newPassword: 'another horse' },
    });
    const fresh = changed.headers.get('set-auth-token') ?? '';
    expect([changed.status, (await stored(person)).length]).toEqual([200, 1]);
    expect(await Promise.all([...others, fresh].map((token) => change(env, token)))).toEqual([401, 401, 401, 200]);
  });

  it('[A2] that signs in with the old password while it is being changed is gone too', async () => {
    const { env, person } = await somebody();
    const late = await call(env, '/v1/auth/sign-in/email', { body: { email: person.email, password: person.password } });
    let raced: Promise<Response> | undefined;
    // The object forgets all sessions first; the password in D1 changes after that.
    const USER_INBOX = inboxesOf((name) => ({
      endOtherSessions: async (except: null) => {
        await env.USER_INBOX.get(env.USER_INBOX.idFromName(name)).endOtherSessions(except);
        raced ??= call(env, '/v1/auth/sign-in/email', { body: { email: person.email, password: person.password } });
        await raced;
      },
    }));
    const changed = await call({ ...env, USER_INBOX }, '/v1/auth/change-password', {
      token: late.headers.get('set-auth-token') ?? '',
      body: { currentPassword: person.password, newPassword: 'another horse' },
    });
    expect([changed.status, (await raced)?.status, (await stored(person)).length]).toEqual([200, 200, 1]);
  });

  it('[A2] of a change of the password that could not be carried out answers 503', async () => {
    const { env, person } = await somebody();
    const USER_INBOX = inboxesOf(() => ({ endOtherSessions: () => Promise.reject(new Error('the object was reset')) }));
    const changed = await call({ ...env, USER_INBOX }, '/v1/auth/change-password', {
      token: person.token,
      body: { currentPassword: person.password, newPassword: 'another horse' },
    });
    expect(changed.status).toBe(503);
  });

  it('may end all others and stay', async () => {
    const { env, person } = await somebody();
    const again = await call(env, '/v1/auth/sign-in/email', { body: { email: person.email, password: person.password } });
    const mine = again.headers.get('set-auth-token') ?? '';
    expect((await call(env, '/v1/auth/revoke-other-sessions', { method: 'POST', token: mine })).status).toBe(200);
    expect([await change(env, mine), await change(env, person.token)]).toEqual([200, 401]);
  });

  it('of a removed device ends with it', async () => {
    const { env, person } = await somebody();
    const device = crypto.randomUUID();
    const body = { name: 'phone', platform: 'web' };
    expect((await call(env, `/v1/devices/${device}`, { method: 'PUT', token: person.token, body })).status).toBe(200);
    expect((await call(env, `/v1/devices/${device}`, { method: 'DELETE', token: person.token })).status).toBe(204);
    expect([await change(env, person.token), await stored(person)]).toEqual([401, []]);
  });

  it('is one of two hundred at most: one more signs out the longest unused', async () => {
    const { env, person } = await somebody();
    const inbox = inboxOf(env, person);
    for (let count = 1; count <= SESSIONS_PER_USER_MAX; count++) {
      await inbox.createSession({
        session_id: `s${count}`,
        token_hash: `h${count}`,
        created_at: Date.now(),
        updated_at: Date.now() + count,
        expires_at: Date.now() + SESSION_LIFETIME_MS,
        ip_address: null,
        user_agent: null,
        has_sockets: 0,
      });
    }
    expect([(await inbox.listSessions()).length, await change(env, person.token)]).toEqual([SESSIONS_PER_USER_MAX, 401]);
  });
});

describe('[E1] a request that names its user', () => {
  it('does nothing when the credential is somebody else’s, whatever its method', async () => {
    const { env, person } = await somebody();
    const other = crypto.randomUUID();
    const headers = { 'natter-user': other };
    for (const [method, path, body] of [
      ['GET', '/v1/me', undefined],
      ['PATCH', '/v1/me', { name: 'Eve' }],
      ['POST', '/v1/tickets', undefined],
      ['POST', '/v1/auth/sign-out', undefined],
      ['POST', '/v1/auth/change-password', { currentPassword: person.password, newPassword: 'another horse' }],
      ['POST', '/v1/auth/update-user', { name: 'Eve' }],
    ] as const) {
      const refused = await call(env, path, { method, token: person.token, headers, body });
      expect([refused.status, await problemOf(refused)], path).toEqual([
        409,
        expect.objectContaining({ code: 'conflict', reason: 'other_user' }),
      ]);
    }
    const mine = await call(env, '/v1/me', { token: person.token, headers: { 'natter-user': person.user_id } });
    expect(await mine.json()).toMatchObject({ name: 'Ann' });
  });

  it('may come from a listed origin', async () => {
    const { env } = testEnv({ ALLOWED_ORIGINS: 'https://app.example' });
    const headers = {
      origin: 'https://app.example',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'natter-user',
    };
    const answer = await call(env, '/v1/me', { method: 'OPTIONS', headers });
    expect(answer.headers.get('access-control-allow-headers')).toContain('natter-user');
  });
});

describe('the rate of one user', () => {
  const shield = (success: boolean, keys: string[] = []): RateLimit => ({
    limit: async ({ key }) => {
      keys.push(key);
      return { success };
    },
  });

  it('is bounded, and the answer says when to come back', async () => {
    const keys: string[] = [];
    const { env } = testEnv({ API_RATE_LIMIT: shield(false, keys) });
    const ann = await signUp(env);
    const refused = await call(env, '/v1/me', { token: ann.token });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await problemOf(refused)).toMatchObject({ code: 'rate_limited', retry_after: expect.any(Number) });
    expect(keys).toEqual([ann.user_id]);
  });

  it('is bounded by the wider limit under LIMITS=relaxed', async () => {
    const { env } = testEnv({ LIMITS: 'relaxed', API_RATE_LIMIT: shield(false), API_RATE_LIMIT_RELAXED: shield(true) });
    expect((await call(env, '/v1/me', { token: (await signUp(env)).token })).status).toBe(200);
  });

  it('keeps nobody out when the counter fails', async () => {
    const { env } = testEnv({ API_RATE_LIMIT: { limit: () => Promise.reject(new Error('down')) } });
    expect((await call(env, '/v1/me', { token: (await signUp(env)).token })).status).toBe(200);
  });
});
