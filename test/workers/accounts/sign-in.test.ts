/** Signing up, in and out. */
import { describe, expect, it } from 'vitest';
import { address, call, problemOf, signUp, testEnv, watchDatabase } from './support.ts';

describe('signing up', () => {
  it('answers a cookie and the same token in set-auth-token, both of which are a session', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    for (const headers of [{ cookie: ann.cookie }, { authorization: `Bearer ${ann.token}` }]) {
      const me = await call(env, '/v1/me', { headers });
      expect(me.status).toBe(200);
      expect(await me.json()).toEqual({
        user_id: ann.user_id,
        username: ann.username,
        name: 'Ann',
        avatar_url: null,
        email: ann.email,
        privacy: { read_receipts: true, last_seen: 'everyone', messages: 'everyone', groups: 'everyone', search: 'everyone' },
        created_at: expect.any(Number),
      });
    }
  });

  it('sets a cookie that scripts cannot read and that is Secure on https', async () => {
    const { env } = testEnv();
    const response = await call(env, '/v1/auth/sign-up/email', {
      body: { email: 'cookie@example.com', password: 'correct horse', name: 'C', username: 'cookie' },
    });
    const cookie = response.headers.getSetCookie()[0] ?? '';
    expect(cookie).toMatch(/^__Secure-better-auth\.session_token=/);
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('Secure');
    expect(cookie).toContain('SameSite=Lax');
  });

  it('keeps passwords as scrypt hashes only', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const row = await env.DB.prepare('SELECT password FROM account WHERE userId = ?').bind(ann.user_id).first<{ password: string }>();
    expect(row?.password).toMatch(/^\$scrypt\$ln=14,r=16,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  });

  it('lets nobody choose what names are searched by', async () => {
    const { env } = testEnv();
    const body = {
      email: 'folded@example.com',
      password: 'correct horse',
      name: ' Folded ',
      username: 'folded',
      name_folded: 'admin',
      role: 'admin',
      id: '1',
    };
    const response = await call(env, '/v1/auth/sign-up/email', { body });
    const row = await env.DB.prepare("SELECT name, name_folded FROM user WHERE email = 'folded@example.com'").first();
    expect([response.status, row]).toEqual(response.ok ? [200, { name: 'Folded', name_folded: 'folded' }] : [400, null]);
  });

  it('refuses an email or a user name that is taken, in any case', async () => {
    const { env } = testEnv();
    await signUp(env, { username: 'taken', email: 'taken@example.com' });
    const again = { email: 'TAKEN@example.com', password: 'correct horse', name: 'T', username: 'other' };
    expect((await call(env, '/v1/auth/sign-up/email', { body: again })).status).toBe(422);
    const sameName = { ...again, email: 'new@example.com', username: 'TAKEN' };
    expect((await call(env, '/v1/auth/sign-up/email', { body: sameName })).status).toBe(400);
  });

  it('can be repeated when the database failed in the middle of it', async () => {
    const watch = watchDatabase(testEnv().env.DB);
    const { env } = testEnv({ DB: watch.db });
    const body = { email: 'Half@example.com', password: 'correct horse', name: 'H', username: 'half_made' };
    watch.failAt(/insert into "account"/i);
    expect((await call(env, '/v1/auth/sign-up/email', { body })).status).toBe(503);
    watch.fail(false);
    expect((await call(env, '/v1/auth/sign-up/email', { body })).status).toBe(400);
    await env.DB.prepare("UPDATE user SET createdAt = '2020-01-01T00:00:00.000Z' WHERE email = 'half@example.com'").run();
    expect((await call(env, '/v1/auth/sign-up/email', { body: body })).status).toBe(200);
    expect((await call(env, '/v1/auth/sign-up/email', { body })).status).toBe(400);
    expect((await call(env, '/v1/auth/sign-in/username', { body })).status).toBe(200);
  });

  it('gives one of two simultaneous sign-ups the email, and the other a clear no', async () => {
    const { env } = testEnv();
    const body = { email: 'race@example.com', password: 'correct horse', name: 'R' };
    const both = await Promise.all([1, 2].map(() => call(env, '/v1/auth/sign-up/email', { body })));
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 422]);
  });

  it.each([
    ['an empty name', { name: '  ' }],
    ['a name of 101 characters', { name: 'x'.repeat(101) }],
    ['a picture that is a script', { image: 'javascript:alert(1)' }],
    ['a short password', { password: 'short' }],
    ['no email', { email: 'nobody' }],
  ])('[P10] refuses %s', async (_what, wrong) => {
    const { env } = testEnv();
    const body = { email: `w${crypto.randomUUID()}@example.com`, password: 'correct horse', name: 'W', ...wrong };
    expect((await call(env, '/v1/auth/sign-up/email', { body })).status).toBe(400);
  });
});

describe('signing in', () => {
  it('takes the email and the user name, in any case', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const byEmail = await call(env, '/v1/auth/sign-in/email', { body: { email: ann.email.toUpperCase(), password: ann.password } });
    const byName = await call(env, '/v1/auth/sign-in/username', { body: { username: ann.username.toUpperCase(), password: ann.password } });
    expect([byEmail.status, byName.status]).toEqual([200, 200]);
    expect(byName.headers.get('set-auth-token')).toMatch(/^[\w-]{54}\./);
  });

  it('says the same about a wrong password and an unknown account', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const wrong = await call(env, '/v1/auth/sign-in/email', { body: { email: ann.email, password: 'wrong horse' } });
    const unknown = await call(env, '/v1/auth/sign-in/email', { body: { email: 'nobody@example.com', password: 'wrong horse' } });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(await wrong.json()).toEqual(await unknown.json());
  });

  it('limits sign-ups by address, and says when to come back', async () => {
    const { env } = testEnv();
    const headers = { 'cf-connecting-ip': address() };
    const statuses: number[] = [];
    let last: Response | undefined;
    for (let tries = 0; tries < 31; tries++) {
      last = await call(env, '/v1/auth/sign-up/email', { body: { email: 'x' }, headers });
      statuses.push(last.status);
    }
    expect(statuses.filter((status) => status !== 429)).toHaveLength(30);
    expect(last?.status).toBe(429);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await problemOf(last!)).toMatchObject({ code: 'rate_limited' });
    expect((await call(env, '/v1/auth/sign-up/email', { body: { email: 'x' } })).status).toBe(400);
  });

  it('limits a hundred times later under LIMITS=relaxed', async () => {
    const { env } = testEnv({ LIMITS: 'relaxed' });
    const headers = { 'cf-connecting-ip': address() };
    const statuses = new Set<number>();
    for (let tries = 0; tries < 40; tries++)
      statuses.add((await call(env, '/v1/auth/sign-up/email', { body: { email: 'x' }, headers })).status);
    expect([...statuses]).toEqual([400]);
  });
});

describe('signing out', () => {
  it('ends the token at once where it was used, and its sockets', async () => {
    const { env, calls } = testEnv();
    const ann = await signUp(env);
    expect((await call(env, '/v1/me', { token: ann.token })).status).toBe(200);
    const out = await call(env, '/v1/auth/sign-out', { method: 'POST', token: ann.token });
    expect(out.status).toBe(200);
    const after = await call(env, '/v1/me', { token: ann.token });
    expect(after.status).toBe(401);
    expect(await problemOf(after)).toMatchObject({ code: 'unauthenticated', type: 'urn:natter:error:unauthenticated' });
    expect(calls.endSession).toEqual([[ann.user_id, expect.stringMatching(/^[0-9a-f-]{36}$/)]]);
  });

  it('needs no database', async () => {
    const watch = watchDatabase(testEnv().env.DB);
    const { env } = testEnv({ DB: watch.db });
    const ann = await signUp(env);
    watch.fail(true);
    expect((await call(env, '/v1/auth/sign-out', { method: 'POST', token: ann.token })).status).toBe(200);
    expect((await call(env, '/v1/me', { token: ann.token })).status).toBe(401);
  });

  it('ends every other session with it when the password changes', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const second = await call(env, '/v1/auth/sign-in/email', { body: { email: ann.email, password: ann.password } });
    const other = second.headers.get('set-auth-token') ?? '';
    expect((await call(env, '/v1/me', { token: other })).status).toBe(200);
    const changed = await call(env, '/v1/auth/change-password', {
      token: ann.token,
      body: { currentPassword: ann.password, newPassword: 'another horse', revokeOtherSessions: true },
    });
    expect(changed.status).toBe(200);
    expect((await call(env, '/v1/tickets', { method: 'POST', token: other })).status).toBe(401);
  });
});
