/**
 * Whether what is installed is what the lock file says, and `npm ci` when it is not.
 * npm itself writes the stamp, as the last thing it does: node_modules/.package-lock.json.
 */
import { existsSync, readFileSync } from 'node:fs';
import { inRoot, projectNode } from './paths.mjs';
import { run } from './process.mjs';

/** @typedef {{ packages?: Record<string, { version?: string, optional?: boolean, devOptional?: boolean, peer?: boolean, link?: boolean }> }} Lock */

/**
 * Packages for other platforms are in the lock and not in the tree, so optional ones may be missing.
 * @param {Lock} wanted package-lock.json
 * @param {Lock} installed node_modules/.package-lock.json
 */
export function isInstalled(wanted, installed) {
  const have = installed.packages ?? {};
  const want = Object.entries(wanted.packages ?? {}).filter(([path]) => path.startsWith('node_modules/'));
  const extra = Object.keys(have).some((path) => !(path in (wanted.packages ?? {})));
  return (
    !extra &&
    want.every(([path, entry]) =>
      have[path] ? have[path].version === entry.version : Boolean(entry.optional || entry.devOptional || entry.peer),
    )
  );
}

/** @returns {Promise<{ ok: true } | { ok: false, reason: string }>} */
export async function ensureInstalled() {
  if (isTreeCurrent()) return { ok: true };
  process.stdout.write('Installing what package-lock.json names (npm ci) …\n');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { code, output } = await run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) return { ok: false, reason: `npm ci failed.\n${output}` };
  if (!existsSync(projectNode)) {
    return {
      ok: false,
      reason: 'npm ci did not run the install scripts (see `npm config get ignore-scripts`), so the project has no Node of its own.',
    };
  }
  return { ok: true };
}

function isTreeCurrent() {
  const stamp = inRoot('node_modules', '.package-lock.json');
  return existsSync(stamp) && existsSync(projectNode) && isInstalled(readJson(inRoot('package-lock.json')), readJson(stamp));
}

/** @param {string} path */
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
