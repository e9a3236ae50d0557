/** Guessing passwords gets slower and slower, before anything is hashed. */
import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FORGET_MS } from '../../../durable/sign-in/delay.ts';
import { throttleOf } from '../../../durable/sign-in/throttle.ts';
import { beginSignIn } from '../../../src/auth/throttle.ts';
import type { Env } from '../../../src/env.ts';
import { address, call, namespaceOf, problemOf, signUp, testEnv, watchDatabase, type Person } from './support.ts';

/** Another for each test: better-auth counts by address too. */
let here: string;
beforeEach(() => {
  here = address();
});

const tryEmail = (env: Env, person: Pick<Person, 'email'>, password: string, from = here) =>
  call(env, '/v1/auth/sign-in/email', { body: { email: person.email, password }, headers: { 'cf-connecting-ip': from } });

const tryName = (env: Env, username: string, password: string, from = here) =>
  call(env, '/v1/auth/sign-in/username', { body: { username, password }, headers: { 'cf-connecting-ip': from } });

async function failOften(env: Env, person: Person, times: number, from?: string): Promise<number[]> {
  const statuses: number[] = [];
  for (let tries = 0; tries < times; tries++) statuses.push((await tryEmail(env, person, 'wrong horse', from)).status);
  return statuses;
}

describe('signing in with wrong passwords', () => {
  it('is refused after five failures from one address, even with the right one, and with the account’s other name', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    expect(await failOften(env, ann, 5)).toEqual([401, 401, 401, 401, 401]);
    const refused = await tryEmail(env, { email: ann.email.toUpperCase() }, ann.password);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await problemOf(refused)).toMatchObject({ code: 'rate_limited', retry_after: 1 });
    expect((await tryName(env, ann.username.toUpperCase(), ann.password)).status).toBe(429);
  });

  it('[A15] from one address does not lock the owner out at another, nor others at the same', async () => {
    const { env } = testEnv();
    const [ann, bob] = [await signUp(env), await signUp(env)];
    await failOften(env, ann, 5);
    expect((await tryEmail(env, ann, ann.password, address())).status).toBe(200);
    expect((await tryEmail(env, bob, bob.password)).status).toBe(200);
    expect((await tryEmail(env, ann, ann.password)).status).toBe(429);
  });

  it('[A15] counts e-mail and user name together: five guesses, not ten', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const statuses: number[] = [];
    for (let tries = 0; tries < 3; tries++) {
      statuses.push((await tryEmail(env, ann, 'wrong horse')).status, (await tryName(env, ann.username, 'wrong horse')).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  });

  it('[A15] counts a /64 as one address', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    for (let tries = 0; tries < 5; tries++) await tryEmail(env, ann, 'wrong horse', `2001:db8:1:2::${tries + 1}`);
    expect((await tryEmail(env, ann, ann.password, '2001:db8:1:2:ffff::9')).status).toBe(429);
    expect((await tryEmail(env, ann, ann.password, '2001:db8:1:3::1')).status).toBe(200);
  });

  it('[A15] counts a name that nobody has, as one that somebody has', async () => {
    const { env } = testEnv();
    const nobody = { email: `${crypto.randomUUID()}@example.com` };
    const statuses: number[] = [];
    for (let tries = 0; tries < 6; tries++) statuses.push((await tryEmail(env, nobody, 'wrong horse')).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  });

  it('is refused with one look at whose name it is, and nothing else', async () => {
    const watch = watchDatabase(testEnv().env.DB);
    const { env } = testEnv({ DB: watch.db });
    const ann = await signUp(env);
    await failOften(env, ann, 5);
    watch.statements.length = 0;
    expect((await tryEmail(env, ann, 'wrong horse')).status).toBe(429);
    expect(watch.statements).toEqual(['SELECT id FROM user WHERE email = ?1']);
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
    const body = { email: ann.email, password: ann.password };
    const response = await call(env, path, { body, headers: { 'cf-connecting-ip': here } });
    expect([404, 429]).toContain(response.status);
  });

  it('does not let many guesses at once slip through', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await tryEmail(env, ann, 'wrong horse')).status));
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(15);
  });

  it('is forgiven by a right password after the wait', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const { env } = testEnv();
      const ann = await signUp(env);
      await failOften(env, ann, 5);
      vi.setSystemTime(Date.now() + 1_000);
      expect((await tryEmail(env, ann, ann.password)).status).toBe(200);
      expect(await failOften(env, ann, 4)).toEqual([401, 401, 401, 401]);
      expect((await tryEmail(env, ann, ann.password)).status).toBe(200);
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
  const limits = { free: 5, perHour: 100 };

  it('doubles the wait with every failure, by the clock it is given', async () => {
    const { env } = testEnv();
    const attempt = { name: crypto.randomUUID(), userId: crypto.randomUUID(), address: '192.0.2.9' };
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

  it('[A15] lets a hundred guesses an hour pass from one address, whatever the account, and those known there all the same', async () => {
    const { env } = testEnv();
    const from = address();
    const now = Date.now();
    const guess = (userId: string) => beginSignIn(env, { name: userId, userId, address: from }, now);
    const known = crypto.randomUUID();
    const first = await guess(known);
    if (first.admitted) await first.end('right', now);
    for (let tries = 0; tries < 100; tries++) {
      const begun = await guess(crypto.randomUUID());
      if (!begun.admitted) throw new Error('refused');
      await begun.end('wrong', now);
    }
    expect(await guess(crypto.randomUUID())).toEqual({ admitted: false, retryAfterMs: 3_600_000 });
    expect(await guess(known)).toMatchObject({ admitted: true });
  });

  it('remembers across eviction, and forgets when its alarm rings', async () => {
    const { env } = testEnv();
    const name = `user:${crypto.randomUUID()}`;
    const now = Date.now();
    const throttle = throttleOf(env.SIGN_IN_THROTTLE, name);
    const fail = () => throttle.end(now, 'a', limits, 'wrong');
    for (let tries = 0; tries < 5; tries++) await fail();
    const stub = env.SIGN_IN_THROTTLE.get(env.SIGN_IN_THROTTLE.idFromName(name));
    await evictDurableObject(stub);
    expect(await throttle.begin(now, 'a', limits)).toEqual({ wait: 1_000, isKnown: false });
    expect(await throttle.begin(now + FORGET_MS, 'a', limits)).toEqual({ wait: 0, isKnown: false });
    await evictDurableObject(stub);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    await evictDurableObject(stub);
    expect(await fail()).toEqual({ failures: 1 });
  });

  it('keeps what is known when its alarm rings for older failures', async () => {
    const { env } = testEnv();
    const name = `user:${crypto.randomUUID()}`;
    const now = Date.now();
    const throttle = throttleOf(env.SIGN_IN_THROTTLE, name);
    await throttle.end(now, 'a', limits, 'wrong');
    await throttle.end(now, 'b', limits, 'right');
    const stub = env.SIGN_IN_THROTTLE.get(env.SIGN_IN_THROTTLE.idFromName(name));
    await evictDurableObject(stub);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    await evictDurableObject(stub);
    expect(await throttle.begin(now, 'b', limits)).toEqual({ wait: 0, isKnown: true });
    expect(await runDurableObjectAlarm(stub)).toBe(true);
  });
});
