/** [P10] Whatever is sent, the answer is one clear problem, and never ours to be ashamed of. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode } from '../../../protocol/errors.ts';
import { app } from '../../../src/app.ts';
import { authOf } from '../../../src/auth/better-auth.ts';
import type { Env } from '../../../src/env.ts';
import { ORIGIN, call, problemOf, signUp, wholeEnv, type Person } from './support.ts';

const SOME_ID = '00000000-0000-4000-8000-000000000000';
let env: Env;
let ann: Person;

beforeAll(async () => {
  env = wholeEnv({ LIMITS: 'relaxed' });
  ann = await signUp(env);
});

/** Those of the app, and those that better-auth has behind its wildcard. */
const routes = () => {
  const written = app.routes
    .filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
    .map(({ method, path }) => ({ method, path }));
  const endpoints = Object.values(authOf(env, ORIGIN).api) as { path?: string; options: { method?: string | string[] } }[];
  const behind = endpoints.flatMap(({ path, options }) =>
    path === undefined ? [] : [options.method ?? 'GET'].flat().map((method) => ({ method, path: `/v1/auth${path}` })),
  );
  return [...new Map([...written, ...behind].map((route) => [`${route.method} ${route.path}`, route])).values()];
};
const OWN_ERRORS = '/v1/auth/';
/** Whoever did these would be signed out for the rest. */
const ENDING = /sign-out|revoke|delete-user/;

/** A problem has its shape; better-auth's own errors have a message. */
async function expectClear(response: Response, where: string): Promise<void> {
  expect(response.status, where).toBeLessThan(500);
  if (response.status < 400) return;
  if (response.headers.get('content-type') !== 'application/problem+json') {
    expect(where).toContain(OWN_ERRORS);
    expect(await response.json(), where).toMatchObject({ message: expect.any(String) });
    return;
  }
  const problem = await problemOf(response);
  const { status, title } = ERRORS[problem.code as ErrorCode];
  expect(problem, where).toMatchObject({
    status: response.status,
    title,
    type: `urn:natter:error:${problem.code}`,
    detail: expect.any(String),
  });
  expect(status).toBe(response.status);
}

describe('a body', () => {
  it.each<[string, string, string, string, ErrorCode]>([
    ['that is no JSON', 'PATCH', '/v1/me', '{"name":', 'bad_request'],
    ['that is empty', 'PATCH', '/v1/me', '', 'bad_request'],
    ['that is null', 'PATCH', '/v1/me', 'null', 'bad_request'],
    ['that is an array', 'PATCH', '/v1/me', '[]', 'bad_request'],
    ['whose user name is none, for better-auth', 'POST', '/v1/auth/update-user', '{"username":{}}', 'bad_request'],
    ['whose name is a number, for better-auth', 'POST', '/v1/auth/update-user', '{"name":1}', 'bad_request'],
    ['that is no JSON, for better-auth', 'POST', '/v1/auth/sign-in/email', '{', 'bad_request'],
    ['that is empty, for better-auth', 'POST', '/v1/auth/sign-up/email', '', 'bad_request'],
    ['that is null, for better-auth', 'POST', '/v1/auth/sign-up/email', 'null', 'bad_request'],
    ['that is an array, for better-auth', 'POST', '/v1/auth/sign-in/username', '[]', 'bad_request'],
    ['of more than 1 MiB', 'PATCH', '/v1/me', `{"name":"${'x'.repeat(1024 * 1024)}"}`, 'too_large'],
    ['of more than 1 MiB, for better-auth', 'POST', '/v1/auth/sign-up/email', `{"name":"${'x'.repeat(1024 * 1024)}"}`, 'too_large'],
  ])('%s is refused', async (_what, method, path, body, code) => {
    const response = await call(env, path, { method, body, token: ann.token });
    expect(await problemOf(response)).toMatchObject({ code, status: ERRORS[code].status });
  });

  it.each([
    ['PATCH', '/v1/me', 'text/plain'],
    ['PATCH', '/v1/me', 'application/x-www-form-urlencoded'],
    ['PATCH', '/v1/me', 'application/jsonp'],
    ['PATCH', '/v1/me', ''],
    ['POST', '/v1/auth/sign-in/email', 'text/plain'],
    ['POST', '/v1/auth/sign-in/email', 'multipart/form-data; boundary=x'],
  ])('%s %s as %j is of an unsupported type', async (method, path, type) => {
    const response = await call(env, path, { method, body: '{"name":"x"}', token: ann.token, headers: { 'content-type': type } });
    expect(response.status).toBe(415);
    expect(await problemOf(response)).toMatchObject({ code: 'unsupported_media' });
  });

  it.each(['/v1/auth/update-user', '/v1/auth/change-password', '/v1/auth/sign-out', '/v1/auth/revoke-sessions'])(
    'that is missing for %s is no error of ours',
    async (path) => {
      const someone = await signUp(env);
      for (const token of [someone.token, undefined]) {
        await expectClear(await call(env, path, { method: 'POST', token }), path);
      }
    },
  );

  it('of a type with parameters or suffix is JSON all the same', async () => {
    for (const type of ['application/json; charset=utf-8', 'application/merge-patch+json']) {
      expect((await call(env, '/v1/me', { method: 'PATCH', body: '{}', token: ann.token, headers: { 'content-type': type } })).status).toBe(
        200,
      );
    }
  });

  it('that is streamed is measured too', async () => {
    const chunk = new Uint8Array(64 * 1024).fill(0x20);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent++ === 20) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${ann.token}` };
    const response = await app.fetch(new Request('https://natter.test/v1/me', { method: 'PATCH', body, headers }), env, {
      waitUntil: () => undefined,
      passThroughOnException: () => undefined,
      props: {},
    } as unknown as ExecutionContext);
    expect(response.status).toBe(413);
  });

  it('is never echoed', async () => {
    const response = await call(env, '/v1/me', {
      method: 'PATCH',
      body: { name: 'secret'.repeat(50), avatar_url: 'secret' },
      token: ann.token,
    });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain('secret');
  });
});

describe('every route', () => {
  const json = fc.json({ maxDepth: 3 });
  const body = fc.oneof(
    json,
    fc.string(),
    fc.constantFrom(
      '',
      '{}',
      '[]',
      'null',
      '{"__proto__":{"x":1}}',
      '{"name":{}}',
      '{"email":1,"password":[]}',
      '{"username":"\\ud800","password":"x"}',
    ),
    fc
      .record(
        { email: fc.anything(), password: fc.anything(), name: fc.anything(), username: fc.anything(), kind: fc.anything() },
        { requiredKeys: [] },
      )
      .map((value) => JSON.stringify(value) ?? ''),
  );
  const parameter = fc.oneof(
    fc.constantFrom(SOME_ID, '..', '%00', '%', "'", '%F0%9F%98%80', 'x'.repeat(300)),
    fc.string({ minLength: 1 }).map(encodeURIComponent),
  );
  const querystring = fc.oneof(
    fc.constantFrom(
      '',
      '?prefix=%',
      '?limit=-1',
      '?limit=1e9',
      '?cursor=W10',
      '?ids=,',
      '?username=%00',
      '?prefix=a&prefix=b',
      '?before=x',
    ),
    fc
      .dictionary(fc.constantFrom('prefix', 'username', 'ids', 'limit', 'cursor', 'before', 'around', 'conversation_id'), fc.string(), {
        maxKeys: 3,
      })
      .map((entries) => `?${new URLSearchParams(entries)}`),
  );
  const type = fc.constantFrom('application/json', 'application/json', 'text/plain', 'multipart/form-data', '');

  it('answers anything with less than 500, and refuses in one shape', async () => {
    const all = routes();
    expect(all.length).toBeGreaterThan(30);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...all),
        body,
        parameter,
        querystring,
        type,
        fc.boolean(),
        async ({ method, path }, text, value, query, contentType, signedIn) => {
          const target = `${path.replaceAll(/:\w+(\{[^}]*\})?/g, () => value)}${query}`;
          const bodiless = method === 'GET' || method === 'HEAD';
          const response = await call(env, target, {
            method,
            ...(bodiless ? {} : { body: text }),
            ...(signedIn && !ENDING.test(path) ? { token: ann.token } : {}),
            headers: bodiless ? {} : { 'content-type': contentType },
          });
          await expectClear(response, `${method} ${target}`);
        },
      ),
      { numRuns: 400 },
    );
  });
});
