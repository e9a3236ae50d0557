/** Who may call from a browser. */
import { describe, expect, it } from 'vitest';
import { ORIGIN, call, problemOf, signUp, testEnv } from './support.ts';

const LISTED = 'https://app.example';
const FOREIGN = 'https://evil.example';
const upgrade = { upgrade: 'websocket', connection: 'Upgrade' };

describe('a request that changes something', () => {
  it.each<[string, Record<string, string>, number]>([
    ['a cookie from our own origin', { cookie: '1', origin: ORIGIN }, 200],
    ['a cookie from a listed origin', { cookie: '1', origin: LISTED }, 200],
    ['a cookie from elsewhere', { cookie: '1', origin: FOREIGN }, 403],
    ['a cookie from nowhere', { cookie: '1' }, 403],
    ['a cookie from a sandbox', { cookie: '1', origin: 'null' }, 403],
    ['a cookie from another port of ours', { cookie: '1', origin: `${ORIGIN}:8443` }, 403],
    ['a bearer token and nothing else', { bearer: '1' }, 200],
    ['a bearer token from elsewhere', { bearer: '1', origin: FOREIGN }, 200],
  ])('with %s', async (_what, { cookie, bearer, ...headers }, status) => {
    const { env } = testEnv({ ALLOWED_ORIGINS: `${LISTED} https://other.example` });
    const ann = await signUp(env);
    const response = await call(env, '/v1/me', {
      method: 'PATCH',
      body: { name: 'Anna' },
      headers: { ...headers, ...(cookie ? { cookie: ann.cookie } : {}), ...(bearer ? { authorization: `Bearer ${ann.token}` } : {}) },
    });
    expect(response.status).toBe(status);
    if (status === 403) expect(await problemOf(response)).toMatchObject({ code: 'forbidden' });
  });

  it('to sign up or in may bring neither cookie nor origin, but no foreign origin', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const body = { email: ann.email, password: ann.password };
    const from = async (headers: Record<string, string>) => (await call(env, '/v1/auth/sign-in/email', { body, headers })).status;
    expect(await from({})).toBe(200);
    expect(await from({ origin: ORIGIN })).toBe(200);
    expect(await from({ origin: FOREIGN })).toBe(403);
    expect(await from({ cookie: 'unrelated=1' })).toBe(403);
  });
});

describe('an upgrade', () => {
  it.each<[string, Record<string, string>, number]>([
    ['no origin and no cookie', {}, 404],
    ['our own origin', { origin: ORIGIN }, 404],
    ['a foreign origin', { origin: FOREIGN }, 403],
    ['a foreign origin and a bearer token', { origin: FOREIGN, authorization: 'Bearer x' }, 403],
    ['a cookie and no origin', { cookie: 'a=b' }, 403],
  ])('with %s', async (_what, headers, status) => {
    const { env } = testEnv();
    expect((await call(env, '/v1/no/such/socket', { headers: { ...upgrade, ...headers } })).status).toBe(status);
  });
});

describe('CORS', () => {
  it('lets a listed origin read, with credentials and the headers it needs', async () => {
    const { env } = testEnv({ ALLOWED_ORIGINS: LISTED });
    const response = await call(env, '/v1/me', { headers: { origin: LISTED } });
    expect(response.headers.get('access-control-allow-origin')).toBe(LISTED);
    expect(response.headers.get('access-control-allow-credentials')).toBe('true');
    expect(response.headers.get('access-control-expose-headers')?.toLowerCase().split(',')).toEqual(
      expect.arrayContaining(['set-auth-token', 'retry-after']),
    );
    expect(response.headers.get('vary')).toContain('Origin');
  });

  it('answers the preflight of a listed origin', async () => {
    const { env } = testEnv({ ALLOWED_ORIGINS: LISTED });
    const response = await call(env, '/v1/contacts/x', {
      method: 'OPTIONS',
      headers: { origin: LISTED, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(LISTED);
    expect(response.headers.get('access-control-allow-methods')).toContain('PUT');
    expect(response.headers.get('access-control-allow-headers')).toContain('authorization');
  });

  it('exposes the token of a sign-in to a listed origin', async () => {
    const { env } = testEnv({ ALLOWED_ORIGINS: LISTED });
    const ann = await signUp(env);
    const response = await call(env, '/v1/auth/sign-in/email', {
      body: { email: ann.email, password: ann.password },
      headers: { origin: LISTED },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe(LISTED);
    expect(response.headers.get('access-control-expose-headers')).toContain('set-auth-token');
  });

  it('says nothing to others', async () => {
    const { env } = testEnv({ ALLOWED_ORIGINS: LISTED });
    for (const origin of [FOREIGN, `${LISTED}.evil.example`, 'null']) {
      const response = await call(env, '/v1/me', { headers: { origin } });
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});
