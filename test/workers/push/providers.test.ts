/** [P6] What each provider is asked and what its answers mean, against stand-ins as strict as the real ones. */
import { evictDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PushAddress } from '../../../protocol/devices.ts';
import { NAME_CHARACTERS_MAX, TITLE_CHARACTERS_MAX } from '../../../protocol/limits.ts';
import { send } from '../../../src/push/send.ts';
import type { ApnsMood } from '../../support/push/apns-service.ts';
import type { FcmMood } from '../../support/push/fcm-service.ts';
import { uuid } from '../conversation/room.ts';
import { makeStage, signer, type Stage } from './stage.ts';

const PAYLOAD = { conversation_id: uuid(), message_id: 7, title: 'Ann', body: 'You have a new message', badge: 3 };
const MINUTE_MS = 60_000;

let stage: Stage;
beforeEach(async () => {
  stage = await makeStage();
});
afterEach(() => vi.restoreAllMocks());

const sendTo = (address: PushAddress, payload = PAYLOAD, now = Date.now()) => send(address, payload, stage.env, () => now);
const apnsAddress = (moods: ApnsMood[] = []): PushAddress => ({ kind: 'apns', token: stage.apns.register(moods), topic: 'chat.natter' });

describe('[P6] Web Push', () => {
  const address = (endpoint: string): PushAddress => ({ kind: 'web', subscription: { ...stage.web.subscribe(), endpoint } });

  it.each(['https://10.0.0.1/wpush', 'http://updates.push-service.net/x', 'https://metadata.internal/'])(
    'calls no address that could be private: %s',
    async (endpoint) => {
      const { WEB_PUSH_ORIGIN: _, ...env } = stage.env;
      expect(await send(address(endpoint), PAYLOAD, env, () => Date.now())).toMatchObject({ outcome: 'gone' });
      expect(vi.mocked(fetch)).not.toHaveBeenCalled();
    },
  );

  it('follows no redirect', async () => {
    vi.mocked(fetch).mockResolvedValueOnce(new Response(null, { status: 302, headers: { location: 'http://10.0.0.1/' } }));
    const { WEB_PUSH_ORIGIN: _, ...env } = stage.env;
    expect(await send(address('https://updates.push-service.net/x'), PAYLOAD, env, () => Date.now())).toMatchObject({ outcome: 'failed' });
    expect(vi.mocked(fetch).mock.calls.map(([request]) => (request as Request).redirect)).toEqual(['manual']);
  });

  it('keys that are no keys make the address useless', async () => {
    const subscription = { ...stage.web.subscribe(), keys: { p256dh: 'A'.repeat(87), auth: 'A'.repeat(22) } };
    expect(await sendTo({ kind: 'web', subscription })).toMatchObject({ outcome: 'gone' });
  });
});

describe('[P6] FCM', () => {
  it.each<[FcmMood, object]>([
    ['UNREGISTERED', { outcome: 'gone' }],
    ['INVALID_TOKEN', { outcome: 'gone' }],
    ['INVALID_MESSAGE', { outcome: 'failed' }],
    ['SENDER_ID_MISMATCH', { outcome: 'failed' }],
    ['QUOTA_EXCEEDED', { outcome: 'later', retry_after: 42 }],
    ['UNAVAILABLE', { outcome: 'later', retry_after: 10 }],
    ['UNAUTHENTICATED', { outcome: 'later', retry_after: 10 }],
  ])('%s', async (mood, outcome) => {
    expect(await sendTo({ kind: 'fcm', token: stage.fcm.register([mood]) })).toMatchObject(outcome);
    expect(stage.fcm.messages).toEqual([]);
  });

  it('asks for one token in 55 minutes, and for another when it was refused', async () => {
    const now = Date.now();
    const token = stage.fcm.register();
    for (const after of [0, 1, 54]) await sendTo({ kind: 'fcm', token }, PAYLOAD, now + after * MINUTE_MS);
    expect(stage.fcm.tokensMade).toBe(1);
    await sendTo({ kind: 'fcm', token: stage.fcm.register(['UNAUTHENTICATED']) }, PAYLOAD, now);
    expect(await sendTo({ kind: 'fcm', token }, PAYLOAD, now)).toMatchObject({ outcome: 'sent' });
    expect([stage.fcm.tokensMade, stage.fcm.refusals]).toEqual([2, []]);
  });

  it('a service account that is none is no reason to try again', async () => {
    const env = { ...stage.env, FCM_SERVICE_ACCOUNT: '{"project_id":"x"}' };
    expect(await send({ kind: 'fcm', token: 't' }, PAYLOAD, env, () => Date.now())).toEqual({
      outcome: 'failed',
      detail: 'FCM is not configured',
    });
  });
});

describe('[P6] APNs', () => {
  it.each<[ApnsMood, object]>([
    [{ status: 400, reason: 'BadDeviceToken' }, { outcome: 'gone' }],
    [{ status: 400, reason: 'DeviceTokenNotForTopic' }, { outcome: 'gone' }],
    [{ status: 410, reason: 'Unregistered' }, { outcome: 'gone' }],
    [{ status: 410, reason: 'ExpiredToken' }, { outcome: 'gone' }],
    [{ status: 400, reason: 'BadTopic' }, { outcome: 'failed' }],
    [{ status: 403, reason: 'InvalidProviderToken' }, { outcome: 'failed' }],
    [
      { status: 403, reason: 'ExpiredProviderToken' },
      { outcome: 'later', retry_after: 10 },
    ],
    [
      { status: 429, reason: 'TooManyRequests', retry_after: '30' },
      { outcome: 'later', retry_after: 30 },
    ],
    [
      { status: 429, reason: 'TooManyProviderTokenUpdates' },
      { outcome: 'later', retry_after: 10 },
    ],
    [
      { status: 503, reason: 'ServiceUnavailable' },
      { outcome: 'later', retry_after: 10 },
    ],
  ])('%o', async (mood, outcome) => {
    expect(await sendTo(apnsAddress([mood]))).toMatchObject(outcome);
    expect([stage.apns.notifications, stage.apns.refusals]).toEqual([[], []]);
  });

  it('knows the host of development builds from that of the others', async () => {
    const { APNS_ORIGIN: _, ...env } = stage.env;
    const token = stage.apns.register();
    for (const sandbox of [false, true]) await send({ kind: 'apns', token, topic: 'chat.natter', sandbox }, PAYLOAD, env, () => Date.now());
    expect(stage.astray).toEqual([`https://api.push.apple.com/3/device/${token}`, `https://api.sandbox.push.apple.com/3/device/${token}`]);
  });

  it('is shown one token for 40 minutes, whoever sends and whatever restarts, and then the next', async () => {
    const now = stage.apns.now;
    const { env } = stage;
    const tokenAt = async (afterMs: number) => (await signer(env).apns(now + afterMs))!.token;
    const [first, same] = await Promise.all([tokenAt(0), tokenAt(0)]);
    expect(same).toBe(first);
    expect(await tokenAt(39 * MINUTE_MS)).toBe(first);
    await sendTo(apnsAddress(), PAYLOAD, now);
    stage.apns.now = now + 41 * MINUTE_MS;
    await sendTo(apnsAddress(), PAYLOAD, stage.apns.now);
    await sendTo(apnsAddress(), PAYLOAD, stage.apns.now);
    expect([stage.apns.notifications.length, stage.apns.providerTokens.size, stage.apns.refusals]).toEqual([3, 2, []]);
  });

  it('a token that Apple refused is made anew, but not within 20 minutes', async () => {
    const { env } = stage;
    const now = Date.now();
    const first = (await signer(env).apns(now))!;
    expect(await signer(env).apns(now + 19 * MINUTE_MS, first.token)).toEqual(first);
    expect((await signer(env).apns(now + 21 * MINUTE_MS, first.token))!.token).not.toBe(first.token);
  });

  it('without a key there is no token', async () => {
    await evictDurableObject(signer(stage.env));
    expect(await signer(stage.env).apns(Date.now())).toBeNull();
  });
});

describe('[P6] the largest notification', () => {
  it('fits every provider', async () => {
    const title = `${'語'.repeat(NAME_CHARACTERS_MAX)} in ${'語'.repeat(TITLE_CHARACTERS_MAX)}`;
    const largest = { ...PAYLOAD, title, message_id: Number.MAX_SAFE_INTEGER, badge: Number.MAX_SAFE_INTEGER };
    const addresses: PushAddress[] = [
      { kind: 'web', subscription: stage.web.subscribe() },
      { kind: 'fcm', token: stage.fcm.register() },
      apnsAddress(),
    ];
    for (const address of addresses) expect(await sendTo(address, largest)).toMatchObject({ outcome: 'sent' });
  });
});
