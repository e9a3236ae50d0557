/** A Chromium for the tests in a browser: one that is there, or Debian's. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inRoot } from './paths.mjs';
import { run } from './process.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** @returns {Promise<{ ok: true, path: string } | { ok: false, reason: string }>} */
export async function ensureChromium() {
  const found = await findChromium();
  if (found !== undefined) return { ok: true, path: found };
  if (!isDebianRoot()) {
    return { ok: false, reason: 'The tests in a browser need Chrome or Chromium: install one, or name it with CHROME_PATH.' };
  }
  process.stdout.write('Installing Chromium with apt-get …\n');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const updated = await run('apt-get', ['update', '-qq'], { env });
  const { code, output } = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], { env });
  const installed = await findChromium();
  if (code !== 0 || installed === undefined)
    return { ok: false, reason: `apt-get could not install chromium.\n${updated.output}${output}` };
  return { ok: true, path: installed };
}

/** Named by CHROME_PATH, on the path, where macOS keeps it, or Playwright's own. */
async function findChromium() {
  const folders = (process.env.PATH ?? '').split(delimiter).concat('/usr/bin');
  const candidates = [
    process.env.CHROME_PATH,
    ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    await playwrightsOwn(),
  ];
  return candidates.find((path) => path !== undefined && path !== '' && isExecutable(path));
}

/** @returns {Promise<string>} */
async function playwrightsOwn() {
  const { chromium } = await import(pathToFileURL(inRoot('node_modules', 'playwright-core', 'index.mjs')).href);
  return chromium.executablePath();
}

const isDebianRoot = () => process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
