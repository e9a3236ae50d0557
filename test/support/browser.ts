/** A Chromium that is installed already, and windows in it that are alike. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext } from 'playwright-core';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const launchBrowser = (): Promise<Browser> => chromium.launch({ executablePath: findChromium(), args: ARGS });

/** A browser of one person, kept in a folder: a context like the others is a private window, and those have no notifications. */
export const launchProfile = (folder: string, url: string, env: Record<string, string>): Promise<BrowserContext> =>
  chromium.launchPersistentContext(folder, {
    executablePath: findChromium(),
    args: ARGS,
    env: { ...process.env, ...env },
    permissions: ['notifications'],
    ...windowAt(url),
  });

export const windowAt = (url: string) => ({ baseURL: url, viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' as const });

function findChromium(): string {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env.PATH ?? '').split(':').concat('/usr/bin');
  const candidates = [
    process.env.CHROME_PATH,
    ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
    chromium.executablePath(),
  ];
  const found = candidates.find((path) => path !== undefined && path !== '' && existsSync(path));
  if (found === undefined) throw new Error('No Chromium: install one (apt-get install chromium), or name it with CHROME_PATH');
  return found;
}
