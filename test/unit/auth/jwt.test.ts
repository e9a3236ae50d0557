/** Which tokens of an embedding application count. */
import { SignJWT, exportJWK, exportSPKI, generateKeyPair, type CryptoKey, type JWTPayload } from 'jose';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { verifyJwt } from '../../../src/auth/jwt.ts';

const NOW = Date.UTC(2026, 0, 1);
const SECRET = 'a shared secret of the embedding application';
const claims = (more: JWTPayload = {}): JWTPayload => ({ sub: 'user-1', exp: NOW / 1_000 + 60, ...more });
const signed = (payload: JWTPayload, key: CryptoKey | Uint8Array, alg: string, kid?: string) =>
  new SignJWT(payload).setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) }).sign(key);
const withSecret = (payload: JWTPayload, alg = 'HS256') => signed(payload, new TextEncoder().encode(SECRET), alg);
const unsigned = (payload: JWTPayload) =>
  `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.`;

const unauthenticated = { ok: false, refusal: { code: 'unauthenticated', detail: 'The token is not valid here.' } };

describe('with a shared secret', () => {
  const config = { AUTH_JWT_SECRET: SECRET };

  it('a token with subject and end counts', async () => {
    expect(await verifyJwt(await withSecret(claims()), config, NOW)).toEqual({ ok: true, value: claims() });
  });

  it.each<[string, () => string | Promise<string>]>([
    ['alg none', () => unsigned(claims())],
    ['another algorithm of the same kind', () => withSecret(claims(), 'HS512')],
    ['another secret', () => signed(claims(), new TextEncoder().encode('another secret of somebody else'), 'HS256')],
    ['an end that has passed', () => withSecret(claims({ exp: NOW / 1_000 - 1 }))],
    ['no end', () => withSecret({ sub: 'user-1' })],
    ['no subject', () => withSecret({ exp: NOW / 1_000 + 60 })],
    ['an empty subject', () => withSecret(claims({ sub: '' }))],
    ['a start in the future', () => withSecret(claims({ nbf: NOW / 1_000 + 30 }))],
    ['a body that is no JSON', () => 'eyJhbGciOiJIUzI1NiJ9.AAAA.AAAA'],
    ['nothing in it', () => '..'],
  ])('%s does not count', async (_what, make) => {
    expect(await verifyJwt(await make(), config, NOW)).toEqual(unauthenticated);
  });
});

describe('with issuer and audience configured', () => {
  const config = { AUTH_JWT_SECRET: SECRET, AUTH_JWT_ISSUER: 'https://app.example', AUTH_JWT_AUDIENCE: 'natter' };
  const right = { iss: 'https://app.example', aud: 'natter' };

  it('both right counts', async () => {
    expect(await verifyJwt(await withSecret(claims(right)), config, NOW)).toMatchObject({ ok: true });
  });

  it.each<[string, JWTPayload]>([
    ['another issuer', { ...right, iss: 'https://evil.example' }],
    ['no issuer', { aud: 'natter' }],
    ['another audience', { ...right, aud: 'mail' }],
    ['no audience', { iss: 'https://app.example' }],
  ])('%s does not count', async (_what, wrong) => {
    expect(await verifyJwt(await withSecret(claims(wrong)), config, NOW)).toEqual(unauthenticated);
  });
});

describe('with a key set', () => {
  const url = 'https://keys.example/jwks.json';
  const config = { AUTH_JWKS_URL: url };
  let keys: Record<'RS256' | 'ES256' | 'EdDSA' | 'PS256', Awaited<ReturnType<typeof generateKeyPair>>>;

  beforeAll(async () => {
    const pair = (alg: string) => generateKeyPair(alg, { extractable: true });
    keys = { RS256: await pair('RS256'), ES256: await pair('ES256'), EdDSA: await pair('EdDSA'), PS256: await pair('PS256') };
    const jwks = {
      keys: await Promise.all(Object.entries(keys).map(async ([kid, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid }))),
    };
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) =>
      (input instanceof Request ? input.url : String(input)) === url ? Response.json(jwks) : new Response('down', { status: 503 }),
    );
    return () => vi.restoreAllMocks();
  });

  it.each(['RS256', 'ES256', 'EdDSA'] as const)('%s counts', async (alg) => {
    expect(await verifyJwt(await signed(claims(), keys[alg].privateKey, alg, alg), config, NOW)).toEqual({ ok: true, value: claims() });
  });

  it.each<[string, () => string | Promise<string>]>([
    ['alg none', () => unsigned(claims())],
    [
      'HS256 with the public key as the secret',
      async () => signed(claims(), new TextEncoder().encode(await exportSPKI(keys.RS256.publicKey)), 'HS256', 'RS256'),
    ],
    ['HS256 with the secret of nobody', () => withSecret(claims())],
    ['an algorithm that is not listed', () => signed(claims(), keys.PS256.privateKey, 'PS256', 'PS256')],
    ['a key of another set', async () => signed(claims(), (await generateKeyPair('ES256')).privateKey, 'ES256', 'ES256')],
    ['an unknown key id', () => signed(claims(), keys.ES256.privateKey, 'ES256', 'nobody')],
    ['an end that has passed', () => signed(claims({ exp: NOW / 1_000 - 1 }), keys.ES256.privateKey, 'ES256', 'ES256')],
  ])('%s does not count', async (_what, make) => {
    expect(await verifyJwt(await make(), config, NOW)).toEqual(unauthenticated);
  });

  it('a shared secret beside it does not weaken it', async () => {
    expect(await verifyJwt(await withSecret(claims()), { ...config, AUTH_JWT_SECRET: SECRET }, NOW)).toEqual(unauthenticated);
  });

  it('a key set that cannot be read is unavailable, not a verdict', async () => {
    const token = await signed(claims(), keys.ES256.privateKey, 'ES256', 'ES256');
    expect(await verifyJwt(token, { AUTH_JWKS_URL: 'https://down.example/jwks.json' }, NOW)).toMatchObject({
      ok: false,
      refusal: { code: 'unavailable' },
    });
  });
});

describe('without configuration', () => {
  it('no token counts', async () => {
    expect(await verifyJwt(await withSecret(claims()), {}, NOW)).toEqual(unauthenticated);
  });
});
