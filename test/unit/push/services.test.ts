/** [A6] Whose push service an address is at, and when one that hangs is set aside. */
import { describe, expect, it } from 'vitest';
import type { PushAddress } from '../../../protocol/devices.ts';
import { Hangs, serviceOf } from '../../../src/push/services.ts';

const web = (host: string): PushAddress => ({
  kind: 'web',
  subscription: { endpoint: `https://${host}/x`, keys: { p256dh: 'p', auth: 'a' } },
});

describe('[A6] the service of an address', () => {
  it.each<[string, string, boolean]>([
    ['fcm.googleapis.com', 'fcm.googleapis.com', true],
    ['updates.push.services.mozilla.com', 'push.services.mozilla.com', true],
    ['web.push.apple.com', 'push.apple.com', true],
    ['wns2-par02p.notify.windows.com', 'notify.windows.com', true],
    ['evil-push.apple.com.evil.net', 'evil.net', false],
    ['notpush.apple.com', 'apple.com', false],
    ['a.b.c.evil.net', 'evil.net', false],
    ['one.evil.co.uk', 'evil.co.uk', false],
    ['evil.net', 'evil.net', false],
  ])('%s: %s', (host, name, known) => {
    expect(serviceOf(web(host))).toEqual({ name, known });
  });

  it('of phones is their maker', () => {
    expect(serviceOf({ kind: 'fcm', token: 't' })).toEqual({ name: 'fcm', known: true });
    expect(serviceOf({ kind: 'apns', token: 't', topic: 'a.b' })).toEqual({ name: 'apns', known: true });
  });
});

describe('[A6] a service that hangs', () => {
  it('of a stranger is set aside at once, twice as long each time, an hour at most, and forgiven when it answers', () => {
    const hangs = new Hangs();
    const service = serviceOf(web('evil.net'));
    const aside = [];
    for (let i = 0; i < 8; i++) {
      hangs.hung(service, 0);
      aside.push(hangs.asideMs(service, 0) / 60_000);
    }
    expect(aside).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(hangs.asideMs(service, 3_600_000)).toBe(0);
    hangs.answered(service);
    expect(hangs.asideMs(service, 0)).toBe(0);
  });

  it('and is known is set aside for a minute after five in a row', () => {
    const hangs = new Hangs();
    const service = serviceOf({ kind: 'fcm', token: 't' });
    const aside = [];
    for (let i = 0; i < 7; i++) {
      hangs.hung(service, 0);
      aside.push(hangs.asideMs(service, 0) / 1_000);
    }
    expect(aside).toEqual([0, 0, 0, 0, 60, 60, 60]);
  });

  it('is remembered among a thousand at most', () => {
    const hangs = new Hangs();
    for (let i = 0; i <= 1_000; i++) hangs.hung({ name: `s${i}.net`, known: false }, 0);
    expect([hangs.asideMs({ name: 's0.net', known: false }, 0), hangs.asideMs({ name: 's1.net', known: false }, 0)]).toEqual([0, 60_000]);
  });
});
