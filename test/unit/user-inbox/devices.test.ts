/** The devices of a user: who is registered, who is dropped, whose session ends, where notifications go. */
import { beforeEach, describe, expect, it } from 'vitest';
import { endSession } from '../../../durable/user-inbox/assembly.ts';
import type { Devices } from '../../../durable/user-inbox/devices.ts';
import { USE_WRITTEN_EVERY_MS } from '../../../durable/user-inbox/devices.ts';
import type { PushAddress } from '../../../protocol/devices.ts';
import { delivery } from './builders.ts';
import { Stage } from './stage.ts';

let stage: Stage;
let devices: Devices;
beforeEach(() => {
  stage = new Stage();
  devices = stage.open.devices;
});

const ids = (): string[] => devices.list('s').map(({ device_id }) => device_id);
const fcm = (token: string): PushAddress => ({ kind: 'fcm', token });

describe('a device', () => {
  it('is registered on first use, named later, the one used last first', () => {
    devices.touch('s', 'a');
    stage.now += 1;
    devices.touch('t', 'b');
    stage.now += 1;
    expect(devices.put('s', 'a', { name: 'Laptop', platform: 'web' })).toEqual({
      device: {
        device_id: 'a',
        name: 'Laptop',
        platform: 'web',
        created_at: 1_000_000,
        last_used_at: 1_000_002,
        current: true,
        push: null,
      },
      ended_session_id: null,
    });
    expect(devices.list('s').map(({ device_id, current, name }) => [device_id, current, name])).toEqual([
      ['a', true, 'Laptop'],
      ['b', false, null],
    ]);
  });

  it('[budget] that is used again writes nothing within the hour, and one row when its session changes', async () => {
    devices.touch('s', 'a');
    const cost = (session: string) => stage.cost(() => devices.touch(session, 'a')).then(({ rowsWritten }) => rowsWritten);
    expect(await cost('s')).toBe(0);
    expect(await cost('t')).toBe(1);
    stage.now += USE_WRITTEN_EVERY_MS - 1;
    expect(await cost('t')).toBe(0);
    stage.now += 1;
    expect(await cost('t')).toBe(1);
  });

  it('that is the 21st drops the longest unused and says which session to end', () => {
    for (let n = 1; n <= 20; n++, stage.now++) devices.touch(`s${n}`, `d${n}`);
    stage.now += USE_WRITTEN_EVERY_MS;
    devices.touch('s1', 'd1');
    expect(devices.touch('s', 'new')).toEqual({ ended_session_id: 's2' });
    expect(ids()).toHaveLength(20);
    expect(ids()).not.toContain('d2');
    expect(devices.touch('s', 'd2')).toEqual({ ended_session_id: 's3' });
  });

  it('that is dropped ends no session which another device uses, nor the one that asks', () => {
    for (let n = 1; n <= 20; n++, stage.now++) devices.touch(n <= 2 ? 'shared' : `s${n}`, `d${n}`);
    expect(devices.touch('s', 'new')).toEqual({ ended_session_id: null });
    expect(devices.put('shared', 'newer', { name: 'n', platform: 'ios' }).ended_session_id).toBeNull();
  });

  it('that is dropped loses its socket and its address, though its session goes on', async () => {
    const sockets = [];
    for (let n = 1; n <= 25; n++, stage.now++) {
      devices.touch('s', `d${n}`);
      devices.putAddress('s', `d${n}`, fcm(`t${n}`));
      sockets.push(await stage.connect(`d${n}`));
    }
    const left = Array.from({ length: 20 }, (_, index) => `d${25 - index}`);
    expect(sockets.map(({ closed }) => closed)).toEqual([...Array(5).fill(4401), ...Array(20).fill(undefined)]);
    expect([ids(), devices.addresses().map(({ device_id }) => device_id)]).toEqual([left, left]);
  });

  it('that is dropped or deleted loses its sockets in conversations, whichever session opened them, those of no other', async () => {
    for (const id of ['c', 'd']) await stage.deliver(delivery({ conversation_id: id }));
    for (let n = 1; n <= 20; n++) devices.touch('s', `d${n}`);
    stage.now += 1;
    devices.touch('s', 'new');
    stage.now += 1;
    devices.delete('new');
    await stage.pass(0);
    const calls = stage.calls.filter((call) => call.startsWith('closeSockets')).toSorted();
    const dropped = Array.from({ length: 20 }, (_, index) => `d${index + 1}`).find((id) => !ids().includes(id));
    expect(calls).toEqual([
      `closeSockets c ${dropped} 1000001`,
      'closeSockets c new 1000002',
      `closeSockets d ${dropped} 1000001`,
      'closeSockets d new 1000002',
    ]);
  });

  it('with a fresh socket is in use: others are dropped before it, and it is listed so', async () => {
    devices.touch('s', 'a');
    const socket = await stage.connect('a');
    stage.now += 1;
    for (let n = 2; n <= 20; n++, stage.now++) devices.touch(`s${n}`, `d${n}`);
    await stage.pass(3 * USE_WRITTEN_EVERY_MS);
    expect(devices.touch('s', 'new')).toEqual({ ended_session_id: 's2' });
    stage.now += 1;
    expect(devices.list('s').find(({ device_id }) => device_id === 'a')).toMatchObject({ last_used_at: stage.now });
    expect(ids().slice(0, 2)).toEqual(['a', 'new']);
    expect(await stage.cost(() => stage.open.connections.drop(socket))).toMatchObject({ rowsWritten: 2 });
    stage.now += 1;
    expect(devices.list('s').find(({ device_id }) => device_id === 'a')).toMatchObject({ last_used_at: socket.pingedAt });
  });

  it('that is silent is not in use', async () => {
    devices.touch('s', 'a');
    await stage.connect('a');
    stage.now += 1;
    for (let n = 2; n <= 20; n++, stage.now++) devices.touch(`s${n}`, `d${n}`);
    await stage.pass(60_000, { heartbeats: false });
    expect(devices.touch('t', 'new')).toEqual({ ended_session_id: 's' });
  });

  it('that is deleted loses its sockets and its address, and names its session', async () => {
    devices.touch('s', 'a');
    devices.putAddress('s', 'a', fcm('t'));
    const [socket, other] = [await stage.connect('a'), await stage.connect('b')];
    expect(devices.delete('a')).toEqual({ ok: true, value: { session_id: 's' } });
    expect([socket.closed, other.closed, devices.addresses(), ids()]).toEqual([4401, undefined, [], []]);
    expect(devices.delete('a')).toMatchObject({ ok: false, refusal: { code: 'not_found' } });
  });
});

describe('a push address', () => {
  it('belongs to one device: another of the same user loses it', () => {
    for (const id of ['a', 'b']) devices.touch('s', id);
    devices.putAddress('s', 'a', fcm('t'));
    expect(devices.putAddress('s', 'b', fcm('t'))).toMatchObject({ ok: true, value: { push: 'fcm' } });
    expect(devices.addresses()).toEqual([{ device_id: 'b', address: fcm('t') }]);
    expect(devices.address('a')).toEqual({ ok: true, value: null });
  });

  it('is not kept for a device nobody knows', () => {
    for (const refused of [devices.putAddress('s', 'x', fcm('t')), devices.deleteAddress('s', 'x'), devices.address('x')]) {
      expect(refused).toMatchObject({ ok: false, refusal: { code: 'not_found' } });
    }
  });

  it('that is dead is forgotten only while it is still the device’s', () => {
    devices.touch('s', 'a');
    devices.putAddress('s', 'a', fcm('new'));
    devices.forgetAddress('a', fcm('old'));
    expect(devices.addresses()).toHaveLength(1);
    devices.forgetAddress('a', fcm('new'));
    expect(devices.addresses()).toEqual([]);
  });

  it('goes with the session that used the device, and no other does', async () => {
    for (const [session, id] of [
      ['s', 'a'],
      ['s', 'b'],
      ['t', 'c'],
    ] as const) {
      devices.touch(session, id);
      devices.putAddress(session, id, fcm(id));
    }
    await endSession(stage.open, 's');
    expect(devices.addresses()).toEqual([{ device_id: 'c', address: fcm('c') }]);
    expect(ids().toSorted()).toEqual(['a', 'b', 'c']);
    expect(devices.sessionOf('a')).toEqual({ ok: true, value: { session_id: null } });
  });

  it('survives a restart', () => {
    devices.touch('s', 'a');
    devices.putAddress('s', 'a', fcm('t'));
    stage.wake();
    expect(stage.open.devices.addresses()).toEqual([{ device_id: 'a', address: fcm('t') }]);
  });
});
