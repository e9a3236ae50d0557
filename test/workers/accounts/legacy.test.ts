/** Sessions from when D1 kept them: they go on, in their user's object, and end as all others do. */
import { describe, expect, it } from 'vitest';
import { call, inboxesOf, signUp, testEnv, watchDatabase, wholeEnv, type Person } from './support.ts';

/** Signed in before: a row in D1, a signed token of 32 characters that names nobody. */
async function signedInBefore() {
  const watch = watchDatabase(wholeEnv().DB);
  const { env } = testEnv({ DB: watch.db });
  const ann: Person = await signUp(env);
  const raw = crypto.randomUUID().replaceAll('-', '');
  const id = crypto.randomUUID();
  const [created, expires] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 86_400_000)].map((at) => at.toISOString());
  await env.DB.prepare('INSERT INTO session (id, expiresAt, token, createdAt, updatedAt, userId) VALUES (?, ?, ?, ?, ?, ?)')
    .bind(id, expires, raw, created, created, ann.user_id)
    .run();
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(env.AUTH_SECRET), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const signature = Buffer.from(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(raw))).toString('base64');
  watch.statements.length = 0;
  const inbox = env.USER_INBOX.get(env.USER_INBOX.idFromName(ann.user_id));
  const change = async (token: string, bindings = env) => (await call(bindings, '/v1/tickets', { method: 'POST', token })).status;
  return { watch, env, ann, id, raw, token: `${raw}.${signature}`, inbox, change };
}

describe('a session that D1 kept', () => {
  it('goes on, under its own id; D1 is asked for it once, and then not needed', async () => {
    const { env, watch, ann, id, token, inbox, change } = await signedInBefore();
    expect(await change(token)).toBe(200);
    expect((await inbox.listSessions()).map(({ session_id }) => session_id)).toContain(id);
    watch.fail(true);
    expect([await change(token), watch.statements.length]).toEqual([200, 1]);
    watch.fail(false);
    const { session } = await (await call(env, '/v1/auth/get-session', { token })).json<{ session: { id: string; userId: string } }>();
    expect([session.id, session.userId]).toEqual([id, ann.user_id]);
  });

  it('[A16] counts only signed', async () => {
    const { raw, change, watch } = await signedInBefore();
    expect([await change(raw), watch.statements]).toEqual([401, []]);
  });

  it('[A2] does not count before its object has it, and a try that broke off does no harm', async () => {
    const { env, token, change, inbox } = await signedInBefore();
    const down = { ...env, USER_INBOX: inboxesOf(() => ({ takeLegacySession: () => Promise.reject(new Error('the object was reset')) })) };
    expect([await change(token, down), (await inbox.listSessions()).length]).toEqual([500, 1]);
    expect([await change(token), (await inbox.listSessions()).length]).toEqual([200, 2]);
  });

  it.each([
    ['signs out', false],
    ['signs out while D1 is down', true],
  ])('[A2] is over when it %s', async (_what, isDown) => {
    const { env, watch, token, change } = await signedInBefore();
    expect(await change(token)).toBe(200);
    watch.fail(isDown);
    expect((await call(env, '/v1/auth/sign-out', { method: 'POST', token })).status).toBe(200);
    watch.fail(false);
    expect(await change(token)).toBe(401);
  });

  it('[A2] is over with the change of the password, also when it was never used since; its row goes too', async () => {
    const { env, ann, token, change } = await signedInBefore();
    const body = { currentPassword: ann.password, newPassword: 'another horse' };
    expect((await call(env, '/v1/auth/change-password', { token: ann.token, body })).status).toBe(200);
    expect(await change(token)).toBe(401);
    expect(await env.DB.prepare('SELECT count(*) AS left FROM session WHERE userId = ?').bind(ann.user_id).first('left')).toBe(0);
  });
});
