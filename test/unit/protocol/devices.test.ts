/** What the bodies about devices take: clients we do not know may be on platforms we have not heard of. */
import { describe, expect, it } from 'vitest';
import { pushAddress, putDeviceBody } from '../../../protocol/devices.ts';

const platformOf = (platform: unknown) => putDeviceBody.safeParse({ name: 'n', platform }).data?.platform;
const takesApns = (token: unknown) => pushAddress.safeParse({ kind: 'apns', token, topic: 'chat.natter' }).success;

describe('[P10] a platform', () => {
  it.each(['web', 'tvOS 26', 'x'.repeat(32), 'ханой', '🖥'])('is any short word: %s', (platform) => {
    expect(platformOf(platform)).toBe(platform);
  });

  it('is taken without the blanks around it', () => {
    expect(platformOf(' watch ')).toBe('watch');
  });

  it.each(['', '   ', 'x'.repeat(33), 'a\u0000b', 'a\nb', 'a\u007fb', 'a\u0085b', 'a\ud800b', 7, null, undefined])(
    'is not %j',
    (platform) => {
      expect(platformOf(platform)).toBeUndefined();
    },
  );
});

describe('[P10] an APNs token', () => {
  it.each(['a', '0'.repeat(64), 'F'.repeat(160), 'AZ-az_09', 'x'.repeat(400)])('is what may stand in a path: %s', (token) => {
    expect(takesApns(token)).toBe(true);
  });

  it.each(['', 'x'.repeat(401), 'a/b', '..', 'a b', 'a%2f', 'a\n', 'é', 7, undefined])('is not %j', (token) => {
    expect(takesApns(token)).toBe(false);
  });
});
