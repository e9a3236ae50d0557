/** Devices are registered by being used: by conversations once in ten minutes from one place, and never at the chat's expense. */
import { describe, expect, it } from 'vitest';
import type { DeviceUse } from '../../../durable/user-inbox/devices/devices.ts';
import { accept, refuse, type Outcome } from '../../../protocol/outcome.ts';
import type { Env } from '../../../src/env.ts';
import { call, namespaceOf, signUp, testEnv, type Person } from '../accounts/support.ts';

interface Stage {
  person: Person;
  touched: string[];
  /** Of a conversation, or of the inbox. */
  open(device: string, what?: 'conversation' | 'inbox'): Promise<number>;
}

async function stage(touch: (device: string) => Promise<Outcome<null>>): Promise<Stage> {
  const touched: string[] = [];
  const fetch = async () => new Response(null, { status: 101, webSocket: new WebSocketPair()[0] });
  const object = {
    touchDevice: (_use: DeviceUse, device: string) => {
      touched.push(device);
      return touch(device);
    },
    fetch,
  };
  const { env } = testEnv({
    USER_INBOX: namespaceOf<Env['USER_INBOX']>(() => object),
    CONVERSATION: namespaceOf<Env['CONVERSATION']>(() => ({ fetch })),
  });
  const person = await signUp(env);
  const open: Stage['open'] = async (device, what = 'conversation') => {
    const headers = { upgrade: 'websocket' };
    const place = what === 'inbox' ? 'inbox' : `conversations/${crypto.randomUUID()}`;
    return (await call(env, `/v1/${place}/socket?device_id=${device}`, { token: person.token, headers })).status;
  };
  return { person, touched, open };
}

const DONE: Outcome<null> = accept(null);

describe('a socket that is opened', () => {
  it('registers its device, and not again a moment later', async () => {
    const { touched, open } = await stage(async () => DONE);
    const [one, other] = [crypto.randomUUID(), crypto.randomUUID()];
    for (const device of [one, one, other, one]) expect(await open(device)).toBe(101);
    expect(touched).toEqual([one, other]);
  });

  it('of the inbox registers it each time: one that was dropped meanwhile is in the list again', async () => {
    const { touched, open } = await stage(async () => DONE);
    const device = crypto.randomUUID();
    for (const what of ['conversation', 'inbox', 'inbox', 'conversation'] as const) expect(await open(device, what)).toBe(101);
    expect(touched).toEqual([device, device, device]);
  });

  it('opens also when the device cannot be registered, which is tried again next time', async () => {
    let isDown = true;
    const { touched, open } = await stage(() => (isDown ? Promise.reject(new Error('down')) : Promise.resolve(DONE)));
    const device = crypto.randomUUID();
    expect(await open(device)).toBe(101);
    isDown = false;
    expect([await open(device), await open(device)]).toEqual([101, 101]);
    expect(touched).toEqual([device, device]);
  });

  it.each(['conversation', 'inbox'] as const)('[A9] is refused when its device is one new device too many: %s', async (what) => {
    let isFull = true;
    const full = refuse('rate_limited', 'Too many new devices.', { retry_after: 7 });
    const { touched, open } = await stage(() => Promise.resolve(isFull ? full : DONE));
    const device = crypto.randomUUID();
    expect(await open(device, what)).toBe(429);
    isFull = false;
    expect(await open(device, what)).toBe(101);
    expect(touched).toEqual([device, device]);
  });
});
