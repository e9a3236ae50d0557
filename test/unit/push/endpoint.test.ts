/** Which addresses of users may be called, and when to come again. */
import { describe, expect, it } from 'vitest';
import { isPublicEndpoint } from '../../../src/push/endpoint.ts';
import { at, retryAfterOf } from '../../../src/push/provider.ts';

describe('[P10] an endpoint that a user gave', () => {
  it.each([
    'https://fcm.googleapis.com/fcm/send/abc',
    'https://updates.push.services.mozilla.com/wpush/v2/abc',
    'https://web.push.apple.com/QAbc',
    'https://wns2-par02p.notify.windows.com/w/?token=abc',
    'https://push.natter.chat.:443/abc',
  ])('may be called: %s', (endpoint) => {
    expect(isPublicEndpoint(endpoint)).toBe(true);
  });

  it.each([
    ['no https', 'http://fcm.googleapis.com/fcm/send/abc'],
    ['another port', 'https://fcm.googleapis.com:8443/abc'],
    ['a name and a password', 'https://user:secret@fcm.googleapis.com/abc'],
    ['an address', 'https://127.0.0.1/abc'],
    ['an address in another spelling', 'https://0x7f000001/abc'],
    ['an address as one number', 'https://2130706433/abc'],
    ['an address with a dot behind it', 'https://10.0.0.1./abc'],
    ['an IPv6 address', 'https://[::1]/abc'],
    ['an IPv4 address within IPv6', 'https://[::ffff:10.0.0.1]/abc'],
    ['this machine', 'https://localhost/abc'],
    ['this machine by a longer name', 'https://push.localhost/abc'],
    ['a name without a domain', 'https://intranet/abc'],
    ['a private domain', 'https://push.corp.internal/abc'],
    ['a printer', 'https://printer.local./abc'],
    ['no address at all', 'fcm.googleapis.com'],
  ])('may not be called: %s', (_, endpoint) => {
    expect(isPublicEndpoint(endpoint)).toBe(false);
  });
});

describe('another origin for a provider', () => {
  it('replaces the origin and nothing else', () => {
    expect(at('https://api.push.apple.com/3/device/ab?x=1', 'http://127.0.0.1:9/')).toBe('http://127.0.0.1:9/3/device/ab?x=1');
    expect(at('https://api.push.apple.com/3/device/ab', undefined)).toBe('https://api.push.apple.com/3/device/ab');
  });
});

describe('[P6] when to ask a provider again', () => {
  const NOW = Date.UTC(2026, 10, 24, 12);
  it.each([
    ['seconds', '17', 17],
    ['at least one', '0', 1],
    ['a date', 'Tue, 24 Nov 2026 12:00:30 GMT', 30],
    ['a date that is over', 'Tue, 24 Nov 2026 11:00:00 GMT', 1],
    ['nothing', null, 10],
    ['nonsense', 'soon', 10],
    ['more than a queue can wait', '1000000', 43_200],
  ])('%s', (_, header, seconds) => {
    expect(retryAfterOf(header, NOW)).toBe(seconds);
  });
});
