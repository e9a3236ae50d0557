/** Devices are registered by being used: in the call that says whether the socket may open, so one that is open has its device in the list. */
import { describe, expect, it } from 'vitest';
import type { DeviceList } from '../../../protocol/devices.ts';
import { NEW_DEVICES_PER_HOUR } from '../../../protocol/limits.ts';
import type { Env } from '../../../src/env.ts';
import { call, namespaceOf, signUp, testEnv } from '../accounts/support.ts';

async function stage() {
  const fetch = async () => new Response(null, { status: 101, webSocket: new WebSocketPair()[0] });
  const { env } = testEnv({ CONVERSATION: namespaceOf<Env['CONVERSATION']>(() => ({ fetch })) });
  const { token } = await signUp(env);
  const open = async (device: string, place = `conversations/${crypto.randomUUID()}`): Promise<number> => {
    const headers = { upgrade: 'websocket' };
    const response = await call(env, `/v1/${place}/socket?device_id=${device}`, { token, headers });
    response.webSocket?.accept();
    return response.status;
  };
  const listed = async () => {
    const { devices } = await (await call(env, '/v1/devices', { token })).json<DeviceList>();
    return devices.map(({ device_id }) => device_id).toSorted();
  };
  return { token, env, open, listed };
}

describe('a socket that is opened', () => {
  it('registers its device, of a conversation and of the inbox alike, and once', async () => {
    const { open, listed } = await stage();
    const [one, other] = [crypto.randomUUID(), crypto.randomUUID()];
    for (const device of [one, one]) expect(await open(device)).toBe(101);
    expect(await open(other, 'inbox')).toBe(101);
    expect(await listed()).toEqual([one, other].toSorted());
  });

  it.each(['conversation', 'inbox'] as const)('[A9] is refused when its device is one new device too many: %s', async (what) => {
    const { open, listed } = await stage();
    for (let count = 0; count < NEW_DEVICES_PER_HOUR; count++) expect(await open(crypto.randomUUID())).toBe(101);
    const known = (await listed())[0]!;
    expect(await open(crypto.randomUUID(), what === 'inbox' ? 'inbox' : undefined)).toBe(429);
    expect(await open(known, what === 'inbox' ? 'inbox' : undefined)).toBe(101);
  });
});
