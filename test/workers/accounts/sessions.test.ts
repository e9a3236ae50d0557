/** A session costs D1 one read in five minutes, and outlives D1 by a day. */
import { describe, expect, it } from 'vitest';
import { credentialOf } from '../../../src/auth/credential.ts';
import { FRESH_MS, STALE_MS } from '../../../src/auth/session-facts.ts';
import { findSession } from '../../../src/auth/sessions.ts';
import type { Env } from '../../../src/env.ts';
import { ORIGIN, call, problemOf, signUp, testEnv, watchDatabase, type Person } from './support.ts';

async function somebody() {
  const watch = watchDatabase(testEnv().env.DB);
  const { env, calls } = testEnv({ DB: watch.db });
  const person = await signUp(env);
  watch.statements.length = 0;
  return { watch, env, calls, person };
}

const asked = async (env: Env, person: Person, now: number) => {
  const credential = await credentialOf(new Headers({ authorization: `Bearer ${person.token}` }), env);
  return findSession(credential!, env, ORIGIN, now);
};

describe('the facts of a session', () => {
  it('are read from D1 once for cookie and bearer together', async () => {
    const { env, watch, person } = await somebody();
    await asked(env, person, Date.now());
    expect(watch.statements).toHaveLength(1);
    for (const headers of [{ cookie: person.cookie }, { authorization: `Bearer ${person.token}` }]) {
      expect((await call(env, '/v1/users/00000000-0000-4000-8000-000000000000', { headers })).status).toBe(404);
    }
    expect(watch.statements.filter((sql) => /session/i.test(sql))).toHaveLength(1);
  });

  it('are read again after five minutes, not before', async () => {
    const { env, watch, person } = await somebody();
    const now = Date.now();
    const first = await asked(env, person, now);
    await asked(env, person, now + FRESH_MS - 1);
    expect(watch.statements).toHaveLength(1);
    expect(await asked(env, person, now + FRESH_MS)).toEqual(first);
    expect(watch.statements).toHaveLength(2);
  });

  it('are used for a day while D1 is down, and no longer', async () => {
    const { env, watch, person } = await somebody();
    const now = Date.now();
    const first = await asked(env, person, now);
    watch.fail(true);
    expect(await asked(env, person, now + STALE_MS - 1)).toEqual(first);
    await expect(asked(env, person, now + STALE_MS)).rejects.toThrow('could not be read');
  });

  it('are none once the session has ended, whatever the cache says', async () => {
    const { env, watch, person } = await somebody();
    const found = await asked(env, person, Date.now());
    watch.fail(true);
    const end = found.ok ? found.value.session.expires_at : 0;
    await expect(asked(env, person, end)).rejects.toThrow('could not be read');
  });

  it('are gone within five minutes when the session ended elsewhere', async () => {
    const { env, person } = await somebody();
    const now = Date.now();
    expect((await asked(env, person, now)).ok).toBe(true);
    await env.DB.prepare('DELETE FROM session WHERE userId = ?').bind(person.user_id).run();
    expect(await asked(env, person, now + FRESH_MS)).toMatchObject({ ok: false, refusal: { code: 'unauthenticated' } });
  });

  it('[P8] keep a known user going while D1 is down, and tell an unknown one to wait', async () => {
    const { env, watch, person } = await somebody();
    const { env: other } = testEnv();
    const stranger = await signUp(other);
    expect((await call(env, '/v1/tickets', { method: 'POST', token: person.token })).status).toBe(200);
    watch.fail(true);
    expect((await call(env, '/v1/tickets', { method: 'POST', token: person.token })).status).toBe(200);
    const refused = await call(env, '/v1/tickets', { method: 'POST', token: stranger.token });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await problemOf(refused)).toMatchObject({ code: 'unavailable' });
  });
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

  it('may be the bare token, as sign-in answers it in its body', async () => {
    const { env, person } = await somebody();
    expect((await call(env, '/v1/me', { token: person.token.split('.')[0] })).status).toBe(200);
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
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    await env.DB.prepare('UPDATE session SET expiresAt = ? WHERE userId = ?').bind(soon, person.user_id).run();
    const me = await call(env, '/v1/me', { headers: { cookie } });
    expect([me.status, me.headers.getSetCookie()]).toEqual([200, []]);
  });

  it('that ended go with the next sign-in', async () => {
    const { env, person } = await somebody();
    await env.DB.prepare("UPDATE session SET expiresAt = '2020-01-01T00:00:00.000Z' WHERE userId = ?").bind(person.user_id).run();
    await call(env, '/v1/auth/sign-in/email', { body: { email: person.email, password: person.password } });
    const { results } = await env.DB.prepare('SELECT expiresAt FROM session WHERE userId = ?')
      .bind(person.user_id)
      .all<{ expiresAt: string }>();
    expect(results.map(({ expiresAt }) => Date.parse(expiresAt) > Date.now())).toEqual([true]);
  });

  it('are prolonged when they are used: the cookie is set anew once a day', async () => {
    const { env, person } = await somebody();
    const old = new Date(Date.now() + 28 * 24 * 3_600_000).toISOString();
    await env.DB.prepare('UPDATE session SET expiresAt = ? WHERE userId = ?').bind(old, person.user_id).run();
    const renewed = await call(env, '/v1/me', { headers: { cookie: person.cookie } });
    expect(renewed.headers.getSetCookie()).toEqual([expect.stringContaining('Max-Age=2592000')]);
    const row = await env.DB.prepare('SELECT expiresAt FROM session WHERE userId = ?').bind(person.user_id).first<{ expiresAt: string }>();
    expect(Date.parse(row!.expiresAt)).toBeGreaterThan(Date.parse(old));
    expect((await call(env, '/v1/me', { headers: { cookie: person.cookie } })).headers.getSetCookie()).toEqual([]);
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
