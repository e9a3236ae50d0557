/** The devices of a user: who is registered, who makes room, and what that costs. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Devices, DeviceUse } from '../../../durable/user-inbox/devices/devices.ts';
import { USE_WRITTEN_EVERY_MS } from '../../../durable/user-inbox/devices/devices.ts';
import { evicted, type Candidate } from '../../../durable/user-inbox/devices/eviction.ts';
import { DEVICES_PER_USER_MAX, NEW_DEVICES_PER_HOUR } from '../../../protocol/limits.ts';
import type { PushAddress } from '../../../protocol/devices.ts';
import { delivery } from './builders.ts';
import { Stage } from './stage.ts';

let stage: Stage;
let devices: Devices;
beforeEach(() => {
  stage = new Stage();
  devices = stage.open.devices;
});

const by = (session_id: string): DeviceUse => ({ session_id, expires_at: 9_000_000_000 });
const ids = (): string[] => devices.list('s').map(({ device_id }) => device_id);
const fcm = (token: string): PushAddress => ({ kind: 'fcm', token });
const putAddress = (session: string, device: string, address: PushAddress) => stage.open.pushAddresses.put(by(session), device, address);
const addressed = (): string[] => stage.open.pushAddresses.addresses().map(({ device_id }) => device_id);
const registered = { ok: true, value: null };

describe('a device', () => {
  it('is registered on first use, named later, the one used last first', () => {
    devices.touch(by('s'), 'a');
    stage.now += 1;
    devices.touch(by('t'), 'b');
    stage.now += 1;
    expect(devices.put(by('s'), 'a', { name: 'Laptop', platform: 'web' })).toEqual({
      ok: true,
      value: {
        device_id: 'a',
        name: 'Laptop',
        platform: 'web',
        created_at: 1_000_000,
        last_used_at: 1_000_002,
        current: true,
        push: null,
      },
    });
    expect(devices.list('s').map(({ device_id, current, name }) => [device_id, current, name])).toEqual([
      ['a', true, 'Laptop'],
      ['b', false, null],
    ]);
  });

  it('[budget] that is used again writes nothing within the hour, and one row when its session changes', async () => {
    devices.touch(by('s'), 'a');
    const cost = (session: string) => stage.cost(() => devices.touch(by(session), 'a')).then(({ rowsWritten }) => rowsWritten);
    expect(await cost('s')).toBe(0);
    expect(await cost('t')).toBe(1);
    stage.now += USE_WRITTEN_EVERY_MS - 1;
    expect(await cost('t')).toBe(0);
    stage.now += 1;
    expect(await cost('t')).toBe(1);
  });

  it('[budget] that is new writes its row and the count of new ones', async () => {
    devices.touch(by('s'), 'a');
    expect(await stage.cost(() => devices.touch(by('s'), 'b'))).toMatchObject({ rowsWritten: 2 });
  });

  it('[A9] that is the 21st pushes out the longest unused: no session ends, no conversation is asked', async () => {
    for (const id of ['c', 'd']) await stage.deliver(delivery({ conversation_id: id }));
    for (let n = 1; n <= 20; n++, stage.now++) devices.touch(by(`s${n}`), `d${n}`);
    stage.now += USE_WRITTEN_EVERY_MS;
    devices.touch(by('s1'), 'd1');
    stage.calls = [];
    for (const id of ['new', 'newer']) expect(devices.touch(by('s'), id)).toEqual(registered);
    await stage.open.sweeps.idle();
    expect(stage.calls).toEqual([]);
    expect(ids()).toHaveLength(20);
    expect(ids()).not.toContain('d2');
    expect(ids()).not.toContain('d3');
    expect(devices.sessionOf('d4')).toEqual({ ok: true, value: { session_id: 's4' } });
  });

  it('[A9] that makes room is one without socket and address, then one with an address, last one with a socket', async () => {
    devices.touch(by('s'), 'connected');
    const socket = await stage.connect('connected');
    stage.now += 1;
    await putAddress('s', 'addressed', fcm('t'));
    stage.now += 1;
    for (let n = 3; n <= 20; n++, stage.now++) devices.touch(by('s'), `d${n}`);
    await stage.pass(0);
    for (let n = 0; n < 18; n++, stage.now++) {
      devices.touch(by('s'), `e${n}`);
      await putAddress('s', `e${n}`, fcm(`e${n}`));
    }
    expect(ids().filter((id) => id.startsWith('d'))).toEqual([]);
    devices.touch(by('s'), 'next');
    expect(ids()).not.toContain('addressed');
    expect(ids()).toContain('connected');
    expect(stage.claims.at(-1)).toBe('release fcm t');
    expect(socket.closed).toBeUndefined();
  });

  it('[A9] that makes room while it is connected loses its inbox socket, not its session, and asks no conversation', async () => {
    await stage.deliver(delivery({ conversation_id: 'c' }));
    const sockets = [];
    for (let n = 1; n <= 25; n++, stage.now++) {
      await putAddress('s', `d${n}`, fcm(`t${n}`));
      sockets.push(await stage.connect(`d${n}`));
    }
    const left = Array.from({ length: 20 }, (_, index) => `d${25 - index}`);
    expect(sockets.map(({ closed }) => closed)).toEqual([...Array(5).fill(4409), ...Array(20).fill(undefined)]);
    expect([ids(), addressed()]).toEqual([left, left]);
    expect(stage.calls.filter((call) => call.startsWith('closeSockets'))).toEqual([]);
  });

  it('with a fresh socket is in use, and listed so; one that is silent is not', async () => {
    devices.touch(by('s'), 'a');
    const socket = await stage.connect('a');
    stage.now += 1;
    for (let n = 2; n <= 20; n++, stage.now++) devices.touch(by(`s${n}`), `d${n}`);
    await stage.pass(3 * USE_WRITTEN_EVERY_MS);
    devices.touch(by('s'), 'new');
    stage.now += 1;
    expect(devices.list('s').find(({ device_id }) => device_id === 'a')).toMatchObject({ last_used_at: stage.now });
    expect(ids().slice(0, 2)).toEqual(['a', 'new']);
    expect(await stage.cost(() => stage.open.connections.drop(socket))).toMatchObject({ rowsWritten: 2 });
    stage.now += 1;
    expect(devices.list('s').find(({ device_id }) => device_id === 'a')).toMatchObject({ last_used_at: socket.pingedAt });
    await stage.connect('d3');
    await stage.pass(60_000, { heartbeats: false });
    devices.touch(by('t'), 'newer');
    expect(ids()).not.toContain('d3');
  });

  it('[P8] that a person removes loses its sockets, in conversations too, and its address, and names its session', async () => {
    for (const id of ['c', 'd']) await stage.deliver(delivery({ conversation_id: id }));
    await putAddress('s', 'a', fcm('t'));
    const [socket, other] = [await stage.connect('a'), await stage.connect('b')];
    stage.now += 1;
    expect(devices.delete('a')).toEqual({ ok: true, value: { session_id: 's' } });
    expect([socket.closed, other.closed, addressed(), ids()]).toEqual([4401, undefined, [], []]);
    expect(devices.delete('a')).toMatchObject({ ok: false, refusal: { code: 'not_found' } });
    await stage.open.sweeps.idle();
    expect(stage.calls.filter((call) => call.startsWith('closeSockets')).toSorted()).toEqual([
      `closeSockets c a ${stage.now}`,
      `closeSockets d a ${stage.now}`,
    ]);
    expect(stage.claims).toEqual(['claim fcm t', 'release fcm t']);
  });
});

describe('new devices', () => {
  it('[A9] are refused beyond 60 an hour, with the time to wait, and the refusal writes nothing; known ones are not', async () => {
    for (let n = 0; n < NEW_DEVICES_PER_HOUR; n++) expect(devices.touch(by('s'), `d${n}`)).toEqual(registered);
    const refusal = { code: 'rate_limited', retry_after: 60, detail: expect.any(String) as string };
    const cost = await stage.cost(() => expect(devices.touch(by('s'), 'one more')).toEqual({ ok: false, refusal }));
    expect(cost).toMatchObject({ rowsWritten: 0 });
    expect(devices.put(by('s'), 'one more', { name: 'n', platform: 'web' })).toMatchObject({ ok: false, refusal });
    expect(await putAddress('s', 'one more', fcm('t'))).toMatchObject({ ok: false, refusal });
    expect(devices.touch(by('s'), `d${NEW_DEVICES_PER_HOUR - 1}`)).toEqual(registered);
    expect(ids()).toHaveLength(DEVICES_PER_USER_MAX);
  });

  it('[A9] are counted across a restart, though the dropped ones are gone', () => {
    for (let n = 0; n < NEW_DEVICES_PER_HOUR; n++) devices.touch(by('s'), `d${n}`);
    stage.wake();
    expect(stage.open.devices.touch(by('s'), 'one more')).toMatchObject({ ok: false });
    stage.now += 60_000;
    expect(stage.open.devices.touch(by('s'), 'one more')).toEqual(registered);
    expect(stage.open.devices.touch(by('s'), 'and more')).toMatchObject({ ok: false });
  });

  it('[A9] are a hundred times as many under LIMITS=relaxed', () => {
    stage.rateFactor = 100;
    stage.wake();
    const all = Array.from({ length: 100 * NEW_DEVICES_PER_HOUR + 1 }, (_, n) => stage.open.devices.touch(by('s'), `d${n}`).ok);
    expect(all.indexOf(false)).toBe(100 * NEW_DEVICES_PER_HOUR);
  });

  it('[A9] of a browser that keeps nothing are let in at a normal pace: one every two minutes, for a week', () => {
    for (let n = 0; n < 7 * 24 * 30; n++, stage.now += 120_000) expect(devices.touch(by('s'), `d${n}`)).toEqual(registered);
  });
});

describe('who makes room', () => {
  const device = (device_id: string, last_used_at: number, more: Partial<Candidate> = {}): Candidate => ({
    device_id,
    last_used_at,
    isHere: false,
    hasAddress: false,
    ...more,
  });
  const [bare, addressedOne, connected] = [
    device('bare', 9),
    device('addressed', 1, { hasAddress: true }),
    device('connected', 0, { isHere: true, hasAddress: true }),
  ];

  it.each([
    ['nobody while there is room', [bare, connected], 2, []],
    ['who has neither, however recently used', [connected, addressedOne, bare], 2, ['bare']],
    ['of two of a kind the longest unused', [device('b', 2), device('a', 1), device('c', 3)], 2, ['a']],
    ['then who has an address only', [connected, addressedOne, bare], 1, ['bare', 'addressed']],
    ['last who is connected', [connected, addressedOne, bare], 0, ['bare', 'addressed', 'connected']],
  ])('%s', (_case, candidates, kept, expected) => {
    expect(evicted(candidates, kept)).toEqual(expected);
  });
});
