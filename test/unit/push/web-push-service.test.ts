/** The push service of the tests refuses what a real one refuses: each fault, one by one. */
import { buildPushPayload } from '@block65/webcrypto-web-push';
import { generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import type { WebSubscription } from '../../../protocol/devices.ts';
import { vapidKeys } from '../../../src/push/vapid.ts';
import { serve } from '../../../scripts/push/serve.ts';
import { makeVapidKey } from '../../support/push/vapid-key.ts';
import { WebPushService } from '../../../scripts/push/web-push-service.ts';

const PAYLOAD = { conversation_id: 'c', message_id: 1, title: 'Ann', body: 'You have a new message', badge: 1 };
const KEYS = vapidKeys({ VAPID_PRIVATE_KEY: await makeVapidKey(), VAPID_SUBJECT: 'mailto:operator@natter.chat' })!;

async function requestTo({ endpoint, keys }: WebSubscription, change: (headers: Headers) => unknown = () => undefined): Promise<Request> {
  const target = { endpoint, keys, expirationTime: null };
  const built = await buildPushPayload({ data: JSON.stringify(PAYLOAD), options: { ttl: 60 } }, target, KEYS);
  const headers = new Headers(built.headers);
  await change(headers);
  return new Request(endpoint, { method: 'POST', headers, body: built.body });
}

/** Signed with a key of its own, as `k` says. */
async function authorization(claims: { aud: string; exp: number; sub: string }): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const t = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'JWT' }).sign(privateKey);
  return `vapid t=${t}, k=${Buffer.from(await crypto.subtle.exportKey('raw', publicKey)).toString('base64url')}`;
}

const AUD = 'https://updates.push-service.net';
const inHours = (hours: number): number => Math.floor(Date.now() / 1_000) + hours * 3_600;
const good = { aud: AUD, exp: inHours(12), sub: 'mailto:a@natter.chat' };

describe('the push service', () => {
  it('takes what is right, and decrypts it', async () => {
    const service = new WebPushService();
    const subscription = service.subscribe();
    expect((await service.handle(await requestTo(subscription))).status).toBe(201);
    const own = await authorization(good);
    expect((await service.handle(await requestTo(subscription, (headers) => headers.set('authorization', own)))).status).toBe(201);
    expect(service.received(subscription).map(({ payload, ttl }) => [payload, ttl])).toEqual([
      [PAYLOAD, 60],
      [PAYLOAD, 60],
    ]);
  });

  it.each<[string, number, (headers: Headers) => unknown]>([
    ['no authorization', 403, (headers) => headers.delete('authorization')],
    ['another scheme', 403, (headers) => headers.set('authorization', headers.get('authorization')!.replace('vapid t=', 'WebPush '))],
    [
      'a signature by another key',
      403,
      async (headers) => {
        const [own, other] = [headers.get('authorization')!, await authorization(good)];
        headers.set('authorization', `${own.split(' k=')[0]} k=${other.split(' k=')[1]}`);
      },
    ],
    ['another audience', 403, async (headers) => headers.set('authorization', await authorization({ ...good, aud: 'http://127.0.0.1:9' }))],
    ['a token that has expired', 403, async (headers) => headers.set('authorization', await authorization({ ...good, exp: inHours(-1) }))],
    [
      'a token for more than a day',
      403,
      async (headers) => headers.set('authorization', await authorization({ ...good, exp: inHours(25) })),
    ],
    [
      'a subject that nobody reads',
      403,
      async (headers) => headers.set('authorization', await authorization({ ...good, sub: 'mailto:me@localhost' })),
    ],
    ['no TTL', 400, (headers) => headers.delete('ttl')],
    ['the old encoding', 415, (headers) => headers.set('content-encoding', 'aesgcm')],
    ['a topic that is too long', 400, (headers) => headers.set('topic', 'x'.repeat(33))],
  ])('refuses %s', async (_, status, change) => {
    const service = new WebPushService();
    const subscription = service.subscribe();
    expect((await service.handle(await requestTo(subscription, change))).status).toBe(status);
    expect(service.received(subscription)).toEqual([]);
    expect(service.refusals).toHaveLength(1);
  });

  it('refuses what is encrypted for somebody else', async () => {
    const service = new WebPushService();
    const [mine, other] = [service.subscribe(), service.subscribe()];
    const request = await requestTo({ ...mine, keys: other.keys });
    expect((await service.handle(request)).status).toBe(400);
  });

  it('runs as a server of its own', async () => {
    const service = new WebPushService();
    const subscription = service.subscribe([{ status: 429, retry_after: '3' }]);
    const server = await serve(service);
    const post = async () => {
      const request = await requestTo(subscription);
      const { pathname } = new URL(request.url);
      return fetch(server.origin + pathname, { method: 'POST', headers: request.headers, body: await request.arrayBuffer() });
    };
    const [first, second] = [await post(), await post()];
    await server.close();
    expect([first.status, first.headers.get('retry-after'), second.status]).toEqual([429, '3', 201]);
  });
});
