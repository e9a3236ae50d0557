/** Guessing passwords gets slower and slower, before anything is hashed. */
import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { FORGET_MS } from '../../../durable/sign-in-delay.ts';
import { throttleOf } from '../../../durable/sign-in-throttle.ts';
import { beginSignIn } from '../../../src/auth/throttle.ts';
import type { Env } from '../../../src/env.ts';
import { address, call, namespaceOf, problemOf, signUp, testEnv, watchDatabase, type Person } from './support.ts';

const tryEmail = (env: Env, person: Pick<Person, 'email'>, password: string, from = address()) =>
  call(env, '/v1/auth/sign-in/email', { body: { email: person.email, password }, headers: { 'cf-connecting-ip': from } });

async function failOften(env: Env, person: Person, times: number, from?: string): Promise<number[]> {
  const statuses: number[] = [];
  for (let tries = 0; tries < times; tries++) statuses.push((await tryEmail(env, person, 'wrong horse', from)).status);
  return statuses;
}

describe('signing in with wrong passwords', () => {
  it('is refused after five failures for the account, from wherever, even with the right one', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    expect(await failOften(env, ann, 5)).toEqual([401, 401, 401, 401, 401]);
    const refused = await tryEmail(env, { email: ann.email.toUpperCase() }, ann.password);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await problemOf(refused)).toMatchObject({ code: 'rate_limited', retry_after: 1 });
  });

  it('is refused before the account is even looked up', async () => {
    const watch = watchDatabase(testEnv().env.DB);
    const { env } = testEnv({ DB: watch.db });
    const ann = await signUp(env);
    await failOften(env, ann, 5);
    watch.statements.length = 0;
    expect((await tryEmail(env, ann, 'wrong horse')).status).toBe(429);
    expect(watch.statements).toEqual([]);
  });

  it('is refused after five failures from one address, whatever the account', async () => {
    const { env } = testEnv();
    const from = address();
    const [ann, bob] = [await signUp(env), await signUp(env)];
    await failOften(env, ann, 3, from);
    await failOften(env, bob, 2, from);
    const carl = await signUp(env);
    expect((await tryEmail(env, carl, carl.password, from)).status).toBe(429);
    expect((await tryEmail(env, carl, carl.password)).status).toBe(200);
  });

  it.each([
    '/v1/auth/sign-in/email/',
    '/v1/auth//sign-in/email',
    '/v1/auth/%73ign-in/email',
    '/v1/auth/sign-in%2Femail',
    '/v1/auth/sign-in//email',
    '/v1/auth/Sign-In/email',
  ])('knows no way around: %s', async (path) => {
    const { env } = testEnv();
    const ann = await signUp(env);
    await failOften(env, ann, 5);
    const response = await call(env, path, { body: { email: ann.email, password: ann.password } });
    expect([404, 429]).toContain(response.status);
  });

  it('counts user names too', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const statuses: number[] = [];
    for (let tries = 0; tries < 6; tries++) {
      statuses.push((await call(env, '/v1/auth/sign-in/username', { body: { username: ann.username, password: 'wrong horse' } })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  });

  it('does not let many guesses at once slip through', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await tryEmail(env, ann, 'wrong horse')).status));
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(15);
  });

  it('is forgiven by a right password after the wait, for the account and the address', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const { env } = testEnv();
      const from = address();
      const ann = await signUp(env);
      await failOften(env, ann, 5, from);
      vi.setSystemTime(Date.now() + 1_000);
      expect((await tryEmail(env, ann, ann.password, from)).status).toBe(200);
      expect(await failOften(env, ann, 4, from)).toEqual([401, 401, 401, 401]);
      expect((await tryEmail(env, ann, ann.password, from)).status).toBe(200);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is let through a hundred times longer under LIMITS=relaxed', async () => {
    const { env } = testEnv({ LIMITS: 'relaxed' });
    const ann = await signUp(env);
    expect(await failOften(env, ann, 8)).toEqual(Array.from({ length: 8 }, () => 401));
  });

  it('goes on when the throttle fails', async () => {
    const broken = namespaceOf<Env['SIGN_IN_THROTTLE']>(() => ({ fetch: () => Promise.reject(new Error('down')) }));
    const { env } = testEnv({ SIGN_IN_THROTTLE: broken });
    const ann = await signUp(env);
    expect((await tryEmail(env, ann, ann.password)).status).toBe(200);
    expect((await tryEmail(env, ann, 'wrong horse')).status).toBe(401);
  });

  it('is no failure when the database could not say', async () => {
    const watch = watchDatabase(testEnv().env.DB);
    const { env } = testEnv({ DB: watch.db });
    const ann = await signUp(env);
    watch.fail(true);
    for (let tries = 0; tries < 7; tries++) expect((await tryEmail(env, ann, ann.password)).status).toBe(503);
    watch.fail(false);
    expect((await tryEmail(env, ann, ann.password)).status).toBe(200);
  });
});

describe('the throttle object', () => {
  it('doubles the wait with every failure, by the clock it is given', async () => {
    const { env } = testEnv();
    const attempt = { account: crypto.randomUUID(), address: null };
    let now = Date.now();
    const waits: number[] = [];
    for (let tries = 0; tries < 10; tries++) {
      const begun = await beginSignIn(env, attempt, now);
      if (!begun.admitted) throw new Error('refused');
      await begun.end('wrong', now);
      const next = await beginSignIn(env, attempt, now);
      const wait = next.admitted ? 0 : next.retryAfterMs;
      if (next.admitted) await next.end('unchecked', now);
      waits.push(wait);
      now += wait;
    }
    expect(waits).toEqual([0, 0, 0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000]);
  });

  it('remembers across eviction, and forgets when its alarm rings', async () => {
    const { env } = testEnv();
    const name = `account:${crypto.randomUUID()}`;
    const now = Date.now();
    const throttle = throttleOf(env.SIGN_IN_THROTTLE, name);
    for (let tries = 0; tries < 5; tries++) await throttle.fail(now, 5);
    const stub = env.SIGN_IN_THROTTLE.get(env.SIGN_IN_THROTTLE.idFromName(name));
    await evictDurableObject(stub);
    expect(await throttle.check(now, 5)).toEqual({ admitted: false, retry_after_ms: 1_000 });
    expect(await throttle.check(now + FORGET_MS, 5)).toEqual({ admitted: true, retry_after_ms: 0 });
    expect(await throttle.fail(now, 5)).toEqual({ failures: 1 });
    await evictDurableObject(stub);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    await evictDurableObject(stub);
    expect(await throttle.fail(now, 5)).toEqual({ failures: 1 });
  });
});
