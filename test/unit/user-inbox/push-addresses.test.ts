/** Where notifications go: whose an address is, and when it ends. */
import { beforeEach, describe, expect, it } from 'vitest';
import { endOfAddress, secretPlaceOf } from '../../../durable/user-inbox/devices/address.ts';
import type { DeviceUse } from '../../../durable/user-inbox/devices/devices.ts';
import type { PushAddresses } from '../../../durable/user-inbox/devices/push-addresses.ts';
import { PUSH_UNUSED_MS } from '../../../protocol/limits.ts';
import type { PushAddress } from '../../../protocol/devices.ts';
import { Stage } from './stage.ts';

let stage: Stage;
let push: PushAddresses;
beforeEach(() => {
  stage = new Stage();
  push = stage.open.pushAddresses;
});

const by = (session_id: string, expires_at = 9_000_000_000): DeviceUse => ({ session_id, expires_at });
const DAY = 24 * 3_600_000;
const fcm = (token: string): PushAddress => ({ kind: 'fcm', token });
const web = (endpoint: string, auth = 'A'.repeat(22), p256dh = 'B'.repeat(87)): PushAddress => ({
  kind: 'web',
  subscription: { endpoint, keys: { auth, p256dh } },
});
const addressed = (): string[] => stage.open.pushAddresses.addresses().map(({ device_id }) => device_id);

describe('a push address', () => {
  it('belongs to one device: another of the same user loses it', async () => {
    await push.put(by('s'), 'a', fcm('t'));
    expect(await push.put(by('s'), 'b', fcm('t'))).toMatchObject({ ok: true, value: { device_id: 'b', push: 'fcm' } });
    expect(push.addresses()).toEqual([{ device_id: 'b', address: fcm('t') }]);
    expect(push.of('a')).toEqual({ ok: true, value: null });
    expect(stage.claims).toEqual(['claim fcm t', 'claim fcm t']);
  });

  it('[budget] registered again by the same device writes nothing', async () => {
    await push.put(by('s'), 'a', web('https://push.example/1'));
    expect(await stage.cost(() => push.put(by('s'), 'a', web('https://push.example/1')))).toMatchObject({ rowsWritten: 0 });
  });

  it('of a device nobody knows is neither shown nor taken away', () => {
    for (const refused of [push.delete('s', 'x'), push.of('x')]) {
      expect(refused).toMatchObject({ ok: false, refusal: { code: 'not_found' } });
    }
  });

  it('that is dead is forgotten only while it is still the device’s', async () => {
    await push.put(by('s'), 'a', fcm('new'));
    push.forgetAddress('a', fcm('old'));
    expect(addressed()).toEqual(['a']);
    push.forgetAddress('a', fcm('new'));
    expect(addressed()).toEqual([]);
    expect(stage.claims).toEqual(['claim fcm new', 'release fcm new']);
  });

  it('survives a restart', async () => {
    await push.put(by('s'), 'a', fcm('t'));
    stage.wake();
    expect(stage.open.pushAddresses.addresses()).toEqual([{ device_id: 'a', address: fcm('t') }]);
  });
});

describe('[B4] the owner of a push address', () => {
  it('is told of every claim first: who cannot claim it does not have it', async () => {
    stage.claiming = () => Promise.reject(new Error('down'));
    expect(await push.put(by('s'), 'a', fcm('t'))).toMatchObject({ ok: false, refusal: { code: 'unavailable', retry_after: 5 } });
    expect(addressed()).toEqual([]);
  });

  it('loses it to another user, and nothing else', async () => {
    await push.put(by('s'), 'a', fcm('t'));
    await push.put(by('s'), 'b', fcm('other'));
    push.lose('fcm t');
    expect(addressed()).toEqual(['b']);
  });

  it('that loses it while claiming it does not write it down', async () => {
    stage.claiming = async (place) => push.lose(place);
    expect(await push.put(by('s'), 'a', fcm('t'))).toMatchObject({ ok: false, refusal: { code: 'conflict' } });
    expect(addressed()).toEqual([]);
  });

  it('whose session ends, or whose device goes, while claiming it gives it back', async () => {
    stage.claiming = async () => void stage.open.sessions.end('s');
    expect(await push.put(by('s'), 'a', fcm('t'))).toMatchObject({ ok: false, refusal: { code: 'unauthenticated' } });
    stage.claiming = async () => void stage.open.devices.delete('a');
    expect(await push.put(by('t'), 'a', fcm('t'))).toMatchObject({ ok: false, refusal: { code: 'not_found' } });
    expect([addressed(), stage.claims]).toEqual([[], ['claim fcm t', 'release fcm t', 'claim fcm t', 'release fcm t']]);
  });

  it('gives back the one before when the device has a new one', async () => {
    await push.put(by('s'), 'a', fcm('t'));
    await push.put(by('s'), 'a', fcm('u'));
    expect(stage.claims).toEqual(['claim fcm t', 'claim fcm u', 'release fcm t']);
  });

  it('is named by endpoint and secret on the web: an endpoint alone is another address', () => {
    const endpoint = 'https://push.example/1';
    expect(secretPlaceOf(web(endpoint, 'A'.repeat(22)))).toBe(secretPlaceOf(web(endpoint, `${'A'.repeat(22)}==`, 'C'.repeat(87))));
    expect(secretPlaceOf(web(endpoint, 'A'.repeat(22)))).not.toBe(secretPlaceOf(web(endpoint, 'D'.repeat(22))));
  });
});

describe('[B4] a push address ends', () => {
  it('with the session that used the device, and with no other', async () => {
    for (const [session, id] of [
      ['s', 'a'],
      ['s', 'b'],
      ['t', 'c'],
    ] as const) {
      await push.put(by(session), id, fcm(id));
    }
    stage.open.sessions.end('s');
    expect(push.addresses()).toEqual([{ device_id: 'c', address: fcm('c') }]);
    expect(stage.open.devices.list('t').map(({ device_id }) => device_id)).toHaveLength(3);
    expect(stage.open.devices.sessionOf('a')).toEqual({ ok: true, value: { session_id: null } });
    expect(stage.claims.slice(3)).toEqual(['release fcm a', 'release fcm b']);
  });

  it('when a session of ours expires: noticed when somebody asks, once', async () => {
    await push.put(by('s', stage.now + 1_000), 'a', fcm('t'));
    stage.now += 999;
    expect(addressed()).toEqual(['a']);
    stage.now += 1;
    expect(stage.open.devices.list('s')).toMatchObject([{ device_id: 'a', push: null }]);
    expect(await stage.cost(() => addressed())).toMatchObject({ rowsWritten: 1 });
    expect(await stage.cost(() => addressed())).toMatchObject({ rowsWritten: 0 });
    expect(stage.claims).toEqual(['claim fcm t', 'release fcm t']);
  });

  it('later when the session was prolonged and the device used', async () => {
    await push.put(by('s', stage.now + DAY), 'a', fcm('t'));
    stage.open.devices.touch(by('s', stage.now + 2 * DAY), 'a');
    stage.now += DAY;
    expect(addressed()).toEqual(['a']);
    stage.now += DAY;
    expect(addressed()).toEqual([]);
  });

  it('60 unused days after the last use where the session is a token of an embedding application', async () => {
    await push.put(by('jwt:abc', stage.now + 1_000), 'a', fcm('t'));
    stage.now += PUSH_UNUSED_MS - 1;
    expect(addressed()).toEqual(['a']);
    stage.now += 1;
    expect(addressed()).toEqual([]);
  });

  it.each([
    ['of ours', { session_expires_at: 500, last_used_at: 100 }, 500],
    ['of an embedding application, or of before', { session_expires_at: null, last_used_at: 100 }, 100 + PUSH_UNUSED_MS],
  ])('by the session: %s', (_whose, record, expected) => {
    expect(endOfAddress(record)).toBe(expected);
  });
});
