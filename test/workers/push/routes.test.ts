/** What a user asks about notifications: the key, the reasons, a test. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PushTest } from '../../../protocol/devices.ts';
import type { Env } from '../../../src/env.ts';
import { call, problemOf, signUp, type Person } from '../accounts/support.ts';
import { uuid } from '../conversation/room.ts';
import { addDevice, inboxOf, makeStage, newSession, type Stage } from './stage.ts';

let stage: Stage;
let ben: Person;
beforeEach(async () => {
  stage = await makeStage();
  ben = await signUp(stage.env);
});
afterEach(() => vi.restoreAllMocks());

const test = async (device_id: string): Promise<PushTest> =>
  (await call(stage.env, '/v1/push/test', { token: ben.token, body: { device_id } })).json();

describe('GET /v1/push/vapid-public-key', () => {
  it('is the public half of the private key, as browsers want it', async () => {
    const { public_key } = await (await call(stage.env, '/v1/push/vapid-public-key')).json<{ public_key: string }>();
    const { x, y } = JSON.parse(stage.env.VAPID_PRIVATE_KEY!) as { x: string; y: string };
    const point = Buffer.from(public_key, 'base64url');
    expect([point.length, point[0]]).toEqual([65, 4]);
    expect([point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')]).toEqual([x, y]);
  });

  it.each(['', 'nonsense', '{"kty":"RSA"}'])('is unavailable without a key: %s', async (VAPID_PRIVATE_KEY) => {
    const response = await call({ ...stage.env, VAPID_PRIVATE_KEY } as Env, '/v1/push/vapid-public-key');
    expect([response.status, (await problemOf(response)).code]).toEqual([503, 'unavailable']);
  });
});

describe('GET /v1/push/log', () => {
  it("is one's own, and empty at first", async () => {
    expect((await call(stage.env, '/v1/push/log')).status).toBe(401);
    expect(await (await call(stage.env, '/v1/push/log', { token: ben.token })).json()).toEqual({ decisions: [] });
  });
});

describe('POST /v1/push/test', () => {
  it('sends one to oneself and says so, step by step', async () => {
    const subscription = stage.web.subscribe();
    const device = await addDevice(ben.user_id, { kind: 'web', subscription });
    expect(await test(device)).toEqual({
      ok: true,
      steps: [
        { step: 'address', ok: true, detail: 'web' },
        { step: 'encryption', ok: true, detail: expect.any(String) as string },
        { step: 'provider', ok: true, detail: 'the push service answered 201' },
      ],
    });
    expect(stage.web.received(subscription)).toHaveLength(1);
  });

  it.each(['fcm', 'apns'] as const)('reaches an app too: %s', async (kind) => {
    const device = await addDevice(
      ben.user_id,
      kind === 'fcm' ? { kind, token: stage.fcm.register() } : { kind, token: stage.apns.register(), topic: 'chat.natter' },
    );
    expect(await test(device)).toMatchObject({ ok: true });
    expect([stage.fcm.refusals, stage.apns.refusals]).toEqual([[], []]);
  });

  it('ends with the step that failed: no address', async () => {
    const device = uuid();
    await inboxOf(ben.user_id).touchDevice(newSession(), device);
    expect(await test(device)).toMatchObject({ ok: false, steps: [{ step: 'address', ok: false }] });
  });

  it('ends with the step that failed: no way to encrypt', async () => {
    const subscription = { ...stage.web.subscribe(), keys: { p256dh: 'A'.repeat(87), auth: 'A'.repeat(22) } };
    const device = await addDevice(ben.user_id, { kind: 'web', subscription });
    expect(await test(device)).toMatchObject({ ok: false, steps: [{ ok: true }, { step: 'encryption', ok: false }] });
  });

  it('ends with the step that failed: a dead address, which is forgotten', async () => {
    const device = await addDevice(ben.user_id, { kind: 'web', subscription: stage.web.subscribe([{ status: 410 }]) });
    expect(await test(device)).toMatchObject({ ok: false, steps: [{ ok: true }, { ok: true }, { step: 'provider', ok: false }] });
    expect(await inboxOf(ben.user_id).pushAddress(device)).toEqual({ ok: true, value: null });
  });

  it("[P8] of a device that is not one's own there is nothing to test", async () => {
    const response = await call(stage.env, '/v1/push/test', { token: ben.token, body: { device_id: uuid() } });
    expect([response.status, (await problemOf(response)).code]).toEqual([404, 'not_found']);
  });
});
