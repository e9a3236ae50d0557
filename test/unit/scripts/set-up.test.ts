/** What is done before the server starts, and when it is not done again. */
import { mkdtempSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInstalled } from '../../../scripts/lib/install.mjs';
import { withLock } from '../../../scripts/lib/lock.mjs';
import { runtimesIn } from '../../../scripts/lib/runtimes.mjs';
import { ensureSecrets, vapidKey, withSecrets } from '../../../scripts/lib/secrets.mjs';
import { hashOf, hasStamp, writeStamp } from '../../../scripts/lib/stamp.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'natter-scripts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('what is installed', () => {
  const wanted = {
    packages: {
      '': {},
      web: { version: '0.1.0' },
      'node_modules/hono': { version: '4.0.0' },
      'node_modules/workerd-darwin': { version: '1.0.0', optional: true },
    },
  };

  it.each<[string, boolean, Record<string, { version: string }>]>([
    ['is current without what other platforms need', true, { 'node_modules/hono': { version: '4.0.0' } }],
    ['is not when a version differs', false, { 'node_modules/hono': { version: '4.0.1' } }],
    ['is not when a package is missing', false, {}],
    ['is not when one is there too many', false, { 'node_modules/hono': { version: '4.0.0' }, 'node_modules/old': { version: '1.0.0' } }],
  ])('%s', (_, current, packages) => {
    expect(isInstalled(wanted, { packages })).toBe(current);
  });

  it('names every copy of the runtime', () => {
    const installed = join(folder, 'installed.json');
    const packages = {
      'node_modules/workerd': { version: '1.1.0' },
      'node_modules/miniflare/node_modules/workerd': { version: '1.0.0' },
      'node_modules/@cloudflare/workerd-linux-64': { version: '1.1.0' },
    };
    writeFileSync(installed, JSON.stringify({ packages }));
    expect(runtimesIn(installed)).toEqual(['node_modules/workerd 1.1.0', 'node_modules/miniflare/node_modules/workerd 1.0.0']);
  });
});

describe('secrets', () => {
  const makers = { random: () => 'fresh', vapidKey: () => '{"d":"key"}' };
  const AUTH = 'AUTH_SECRET="fresh"\n';
  const VAPID = `VAPID_PRIVATE_KEY='{"d":"key"}'\n`;
  it.each([
    ['none', '', AUTH + VAPID],
    ['another variable', 'OTHER=1', `OTHER=1\n${AUTH}${VAPID}`],
    ['a file of before there was push', 'AUTH_SECRET=mine\n', `AUTH_SECRET=mine\n${VAPID}`],
    ['an empty one', `AUTH_SECRET=\n${VAPID}`, `AUTH_SECRET=\n${VAPID}${AUTH}`],
    ['all', AUTH + VAPID, AUTH + VAPID],
  ])('are added where they are missing, and kept where they are not: %s', (_, before, after) => {
    expect(withSecrets(before, makers)).toBe(after);
  });

  it('a key for Web Push is a private P-256 key', () => {
    expect(JSON.parse(vapidKey())).toEqual({
      kty: 'EC',
      crv: 'P-256',
      x: expect.stringMatching(/^[\w-]{43}$/) as string,
      y: expect.stringMatching(/^[\w-]{43}$/) as string,
      d: expect.stringMatching(/^[\w-]{43}$/) as string,
    });
  });

  it('are made once, and nobody else may read them', () => {
    const path = join(folder, '.dev.vars');
    ensureSecrets(path);
    const first = readFileSync(path, 'utf8');
    ensureSecrets(path);
    expect(readFileSync(path, 'utf8')).toBe(first);
    expect(first).toMatch(/^AUTH_SECRET="[\w-]{43}"\nVAPID_PRIVATE_KEY='\{[^']+\}'\n$/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

describe('a stamp', () => {
  it('is that of the same names and contents, and of no others', () => {
    mkdirSync(join(folder, 'web', 'node_modules'), { recursive: true });
    writeFileSync(join(folder, 'web', 'a.ts'), 'one');
    const hash = () => hashOf(folder, [join(folder, 'web'), join(folder, 'missing')]);
    const before = hash();
    const stamp = join(folder, 'dist', 'web.stamp');
    expect(hasStamp(stamp, before)).toBe(false);
    writeStamp(stamp, before);
    writeFileSync(join(folder, 'web', 'node_modules', 'b.ts'), 'not ours');
    expect(hasStamp(stamp, hash())).toBe(true);
    writeFileSync(join(folder, 'web', 'a.ts'), 'two');
    expect(hasStamp(stamp, hash())).toBe(false);
    writeFileSync(join(folder, 'web', 'a.ts'), 'one');
    writeFileSync(join(folder, 'web', 'c.ts'), '');
    expect(hasStamp(stamp, hash())).toBe(false);
  });
});

describe('the lock', () => {
  it('lets one work at a time, and the next after a failure', async () => {
    const path = join(folder, 'dist', '.lock');
    const order: string[] = [];
    const first = withLock(path, async () => {
      order.push('first begins');
      await Promise.resolve();
      order.push('first ends');
      throw new Error('it failed');
    });
    const second = withLock(path, async () => void order.push('second'));
    await expect(first).rejects.toThrow('it failed');
    await second;
    expect(order).toEqual(['first begins', 'first ends', 'second']);
  });

  it('of a process that died is taken over', async () => {
    const path = join(folder, '.lock');
    // Above the largest process number that Linux gives.
    writeFileSync(path, '4194305');
    expect(await withLock(path, async () => 'done')).toBe('done');
  });
});
