/** Who may open a socket: a cookie from the right origin, a bearer token, or a ticket once. */
import { Hono } from 'hono';
import { createExecutionContext } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import type { Ticket } from '../../../protocol/accounts.ts';
import { authenticateUpgrade } from '../../../src/auth/require-session.ts';
import type { App } from '../../../src/http/context.ts';
import { ORIGIN, call, signUp, wholeEnv } from './support.ts';

/** The helper alone, so that nothing else can be what refuses. */
const gate = new Hono<App>().get('/socket', async (c) => c.json(await authenticateUpgrade(c)));
const env = wholeEnv({ ALLOWED_ORIGINS: 'https://app.example' });
const open = async (headers: Record<string, string>, query = '') => {
  const request = new Request(`${ORIGIN}/socket${query}`, { headers: { upgrade: 'websocket', ...headers } });
  return (await gate.fetch(request, env, createExecutionContext())).json();
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

  it('is refused with a made-up ticket, whatever else comes with it', async () => {
    const ann = await signUp(env);
    for (const ticket of ['', 'x', ann.user_id, `${ann.user_id}.${crypto.randomUUID()}`, `${crypto.randomUUID()}.x`, '../x.y']) {
      expect(await open({ authorization: `Bearer ${ann.token}` }, `?ticket=${encodeURIComponent(ticket)}`), ticket).toEqual(
        code('unauthenticated'),
      );
    }
  });
});
