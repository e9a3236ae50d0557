/** Who may open a socket: a cookie from the right origin, a bearer token, or a ticket once. */
import { Hono } from 'hono';
import { createExecutionContext } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FAILED_UPGRADES_PER_MINUTE, UPGRADES_PER_MINUTE } from '../../../protocol/limits.ts';
import type { Ticket } from '../../../protocol/accounts.ts';
import { admit } from '../../../src/auth/upgrade.ts';
import type { Env } from '../../../src/env.ts';
import type { App } from '../../../src/http/context.ts';
import { ORIGIN, address, call, namespaceOf, signUp, watchDatabase, wholeEnv } from './support.ts';

/** The helper alone, so that nothing else can be what refuses. */
const gate = new Hono<App>().get('/socket', async (c) => {
  const query = { device_id: DEVICE, ticket: c.req.query('ticket'), user: c.req.query('user') };
  return c.json(await admit(c, query, crypto.randomUUID()));
});
const DEVICE = crypto.randomUUID();
const env = wholeEnv({ ALLOWED_ORIGINS: 'https://app.example' });
const open = async (headers: Record<string, string>, query = '', bindings = env) => {
  const request = new Request(`${ORIGIN}/socket${query}`, {
    headers: { 'cf-connecting-ip': address(), upgrade: 'websocket', ...headers },
  });
  return (await gate.fetch(request, bindings, createExecutionContext())).json();
};
const code = (expected: string) => ({ ok: false, refusal: { code: expected, detail: expect.any(String) } });

describe('opening a socket', () => {
  it('works with a cookie from our own or a listed origin, or a bearer token', async () => {
    const ann = await signUp(env);
    const hers = { ok: true, value: { user_id: ann.user_id, session_id: expect.any(String), expires_at: expect.any(Number) } };
    expect(await open({ cookie: ann.cookie, origin: ORIGIN })).toEqual(hers);
    expect(await open({ cookie: ann.cookie, origin: 'https://app.example' })).toEqual(hers);
    expect(await open({ authorization: `Bearer ${ann.token}` })).toEqual(hers);
  });

  it('is refused from a foreign origin, and for a cookie from nowhere', async () => {
    const ann = await signUp(env);
    expect(await open({ cookie: ann.cookie, origin: 'https://evil.example' })).toEqual(code('forbidden'));
    expect(await open({ cookie: ann.cookie })).toEqual(code('forbidden'));
    expect(await open({ authorization: `Bearer ${ann.token}`, origin: 'https://evil.example' })).toEqual(code('forbidden'));
    expect(await open({})).toEqual(code('unauthenticated'));
  });

  it('works with a ticket, once, as the session that asked for it', async () => {
    const ann = await signUp(env);
    const { ticket } = await (await call(env, '/v1/tickets', { method: 'POST', token: ann.token })).json<Ticket>();
    const query = `?ticket=${encodeURIComponent(ticket)}`;
    expect(await open({ origin: 'https://evil.example' }, query)).toEqual(code('forbidden'));
    const opened = await open({}, query);
    expect(opened).toEqual(await open({ authorization: `Bearer ${ann.token}` }));
    expect(await open({}, query)).toEqual(code('unauthenticated'));
  });

  it('[B5] is refused with a made-up ticket, whatever else comes with it, and no object is woken', async () => {
    const ann = await signUp(env);
    const { ticket } = await (await call(env, '/v1/tickets', { method: 'POST', token: ann.token })).json<Ticket>();
    const [facts, signature] = ticket.split('.') as [string, string];
    const woken: string[] = [];
    const USER_INBOX = namespaceOf<Env['USER_INBOX']>((name) => {
      woken.push(name);
      return {};
    });
    const forged = Buffer.from(JSON.stringify({ u: ann.user_id, s: 'jwt:x', e: 9e15, x: 9e15, n: 'n' })).toString('base64url');
    const made = [
      '',
      'x',
      ann.user_id,
      `${ann.user_id}.${crypto.randomUUID()}`,
      '../x.y',
      `${forged}.${signature}`,
      `${facts}x.${signature}`,
    ];
    for (const one of made) {
      const headers = { authorization: `Bearer ${ann.token}` };
      expect(await open(headers, `?ticket=${encodeURIComponent(one)}`, wholeEnv({ USER_INBOX })), one).toEqual(code('unauthenticated'));
    }
    expect(woken).toEqual([]);
  });

  it('[A2] is refused with a ticket whose session has ended, and in the moment after sign-out with the old token', async () => {
    const ann = await signUp(env);
    const { ticket } = await (await call(env, '/v1/tickets', { method: 'POST', token: ann.token })).json<Ticket>();
    expect(await open({ authorization: `Bearer ${ann.token}` })).toMatchObject({ ok: true });
    expect((await call(env, '/v1/auth/sign-out', { method: 'POST', token: ann.token })).status).toBe(200);
    expect(await open({}, `?ticket=${ticket}`)).toEqual(code('unauthenticated'));
    expect(await open({ authorization: `Bearer ${ann.token}` })).toEqual(code('unauthenticated'));
  });

  it('[E1] is refused when it was meant for another user, whatever the credential, and the ticket stays good', async () => {
    const [ann, ben] = [await signUp(env), await signUp(env)];
    const { ticket } = await (await call(env, '/v1/tickets', { method: 'POST', token: ben.token })).json<Ticket>();
    const other = { ok: false, refusal: { code: 'conflict', reason: 'other_user', detail: expect.any(String) } };
    expect(await open({ cookie: ben.cookie, origin: ORIGIN }, `?user=${ann.user_id}`)).toEqual(other);
    expect(await open({}, `?user=${ann.user_id}&ticket=${ticket}`)).toEqual(other);
    expect(await open({}, `?user=${ben.user_id}&ticket=${ticket}`)).toMatchObject({ ok: true, value: { user_id: ben.user_id } });
  });

  it('[A14] asks D1 nothing, once the session is there, and opens while D1 is down', async () => {
    const watch = watchDatabase(env.DB);
    const watched = wholeEnv({ DB: watch.db });
    const ann = await signUp(watched);
    watch.statements.length = 0;
    watch.fail(true);
    for (const headers of [{ authorization: `Bearer ${ann.token}` }, { cookie: ann.cookie, origin: ORIGIN }]) {
      expect(await open(headers, '', watched)).toMatchObject({ ok: true });
    }
    expect(watch.statements).toEqual([]);
  });
});

describe('[B5] the rate of upgrades', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() }));
  afterEach(() => void vi.useRealTimers());

  it('is 120 at once for a user, then it says when to come back; two more are there a second later', async () => {
    const ann = await signUp(env);
    const attempt = async () => ((await open({ authorization: `Bearer ${ann.token}` })) as { ok: boolean }).ok;
    const opened: boolean[] = [];
    for (let count = 0; count < UPGRADES_PER_MINUTE; count++) opened.push(await attempt());
    expect(opened).toEqual(Array(UPGRADES_PER_MINUTE).fill(true));
    expect(await open({ authorization: `Bearer ${ann.token}` })).toEqual({
      ok: false,
      refusal: { code: 'rate_limited', detail: expect.any(String), retry_after: 1 },
    });
    expect((await call(env, '/v1/me', { token: ann.token })).status).toBe(200);
    vi.setSystemTime(Date.now() + 1_000);
    expect([await attempt(), await attempt(), await attempt()]).toEqual([true, true, false]);
  });

  it('counts for an address only what failed: its 61st gets 429, and who is signed in there notices nothing', async () => {
    const ann = await signUp(env);
    const from = (host: string) => ({ 'cf-connecting-ip': `2001:db8:61:61::${host}` });
    const codes: unknown[] = [];
    for (let count = 0; count <= FAILED_UPGRADES_PER_MINUTE; count++) {
      const answer = (await open({ ...from(count.toString(16)), authorization: 'Bearer made.up' })) as { refusal: { code: string } };
      codes.push(answer.refusal.code);
    }
    expect(codes).toEqual([...Array(FAILED_UPGRADES_PER_MINUTE).fill('unauthenticated'), 'rate_limited']);
    expect(await open({ ...from('1'), authorization: `Bearer ${ann.token}` })).toMatchObject({ ok: true });
  });
});
