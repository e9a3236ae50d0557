/** What the Worker does with every request: headers, pages, logs, errors. */
import { exports } from 'cloudflare:workers';
import { createExecutionContext } from 'cloudflare:test';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Env } from '../../../src/env.ts';
import type { App } from '../../../src/http/context.ts';
import { standardHeaders } from '../../../src/http/headers.ts';
import { requestLog } from '../../../src/http/log.ts';
import { onError } from '../../../src/http/problems.ts';
import { ORIGIN, call, problemOf, signUp, testEnv } from './support.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https:; media-src 'self' blob:; " +
  "connect-src 'self' ws: wss:; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const assets = (files: Record<string, [type: string, text: string]>): Env['ASSETS'] =>
  ({
    fetch: async (request: Request) => {
      const [type, text] = files[new URL(request.url).pathname] ?? ['text/html; charset=utf-8', '<title>page</title>'];
      return new Response(text, { headers: { 'content-type': type } });
    },
  }) as Env['ASSETS'];

describe('health', () => {
  it('says which version runs, through the whole Worker', async () => {
    const worker = (exports as unknown as { default: Fetcher }).default;
    const response = await worker.fetch(`${ORIGIN}/healthz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ok: true, protocol: 1, version: expect.any(String) });
  });
});

describe('pages', () => {
  it('come with a strict policy', async () => {
    const { env } = testEnv({ ASSETS: assets({}) });
    const page = await call(env, '/conversations/1');
    expect(await page.text()).toBe('<title>page</title>');
    expect(Object.fromEntries(page.headers)).toMatchObject({
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'strict-origin-when-cross-origin',
      'x-frame-options': 'DENY',
      'cache-control': 'no-cache',
    });
  });

  it('keep files whose name holds a hash for ever, and never the page in their place', async () => {
    const { env } = testEnv({
      ASSETS: assets({ '/assets/index-B3xYz_12.js': ['text/javascript', 'x'], '/sw.js': ['text/javascript', 'x'] }),
    });
    const cached = async (path: string) => (await call(env, path)).headers.get('cache-control');
    expect(await cached('/assets/index-B3xYz_12.js')).toBe('public, max-age=31536000, immutable');
    expect((await call(env, '/assets/gone-B3xYz_12.js')).status).toBe(404);
    expect(await cached('/sw.js')).toBeNull();
  });

  it('are only read', async () => {
    const { env } = testEnv({ ASSETS: assets({}) });
    expect((await call(env, '/', { method: 'POST', body: {} })).status).toBe(404);
    expect((await call(env, '/', { method: 'HEAD' })).status).toBe(200);
  });
});

describe('answers of the API', () => {
  it('are kept by no cache, and carry the policy too', async () => {
    const { env } = testEnv();
    const response = await call(env, '/v1/me');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('content-security-policy')).toBe(POLICY);
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['GET', '/v1'],
    ['GET', '/v1/'],
    ['GET', '/v1/nothing'],
    ['POST', '/v1/me'],
    ['DELETE', '/v1/me'],
    ['PUT', '/v1/tickets'],
    ['POST', '/healthz'],
    ['PUT', '/v1/auth/sign-out'],
    ['GET', '/v1/auth/nothing'],
    ['GET', '/v1/auth/error'],
  ])('%s %s is a 404 problem', async (method, path) => {
    const { env } = testEnv();
    const response = await call(env, path, { method });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await problemOf(response)).toMatchObject({ code: 'not_found', status: 404 });
  });

  it('HEAD answers as GET does, without a body', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const response = await call(env, '/v1/me', { method: 'HEAD', token: ann.token });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

describe('an error nobody expected', () => {
  const broken = new Hono<App>()
    .use(requestLog, standardHeaders)
    .get('/bug', () => {
      throw new Error('secret detail');
    })
    .get('/overloaded', () => {
      throw Object.assign(new Error('object is overloaded'), { overloaded: true });
    })
    .get('/refused', () => {
      throw new HTTPException(415, { message: 'no' });
    });
  broken.onError(onError);
  const ask = (path: string) => broken.fetch(new Request(`${ORIGIN}${path}`), testEnv().env, createExecutionContext());

  it('is logged once under the id that the answer names, and says nothing else', async () => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const response = await ask('/bug');
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toContain('secret');
    expect(text).not.toContain('stack');
    const { error_id, code } = JSON.parse(text) as { error_id: string; code: string };
    expect(code).toBe('internal');
    expect(response.headers.get('x-request-id')).toBe(error_id);
    expect(errors.mock.calls.map(([line]) => JSON.parse(String(line)) as { error_id: string; error: string })).toEqual([
      { level: 'error', event: 'internal', error_id, error: expect.stringContaining('secret detail') },
    ]);
  });

  it('of an object that is overloaded or was reset is 503: come back', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const response = await ask('/overloaded');
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  });

  it('of a library that knows the status keeps it', async () => {
    expect((await ask('/refused')).status).toBe(415);
  });
});

describe('the log', () => {
  it('has one line a request: method, pattern, status and time, and nothing of the people in it', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
    await call(env, `/v1/users/${ann.user_id}?secret=1`, { token: ann.token });
    await call(env, '/v1/auth/sign-in/email', {
      body: { email: ann.email, password: ann.password },
      headers: { 'cf-connecting-ip': '203.0.113.9' },
    });
    await call(env, '/v1/nothing/here');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        level: 'info',
        event: 'request',
        request_id: expect.any(String),
        method: 'GET',
        route: '/v1/users/:user_id',
        status: 200,
        ms: expect.any(Number),
      },
      {
        level: 'info',
        event: 'request',
        request_id: expect.any(String),
        method: 'POST',
        route: '/v1/auth/sign-in/email',
        status: 200,
        ms: expect.any(Number),
      },
      {
        level: 'info',
        event: 'request',
        request_id: expect.any(String),
        method: 'GET',
        route: expect.stringMatching(/\*$/),
        status: 404,
        ms: expect.any(Number),
      },
    ]);
    const all = lines.join('\n');
    for (const secret of [ann.user_id, ann.email, ann.password, ann.token, '203.0.113.9', 'secret', 'here'])
      expect(all).not.toContain(secret);
  });

  it('says nothing of addresses and passwords when signing in fails or signing up repeats', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const lines: string[] = [];
    for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
      vi.spyOn(console, level).mockImplementation((...parts: unknown[]) => void lines.push(parts.map(String).join(' ')));
    }
    await call(env, '/v1/auth/sign-in/email', { body: { email: ann.email, password: 'wrong horse' } });
    await call(env, '/v1/auth/sign-up/email', { body: { email: ann.email, password: 'wrong horse', name: 'Ann' } });
    await call(env, '/v1/auth/sign-in/email', {
      body: { email: ann.email, password: ann.password, callbackURL: 'https://evil.example/x' },
    });
    const all = lines.join('\n');
    for (const secret of [ann.email, 'wrong horse', ann.password, 'evil.example']) expect(all).not.toContain(secret);
  });
});
