/**
 * Everything between a fresh clone and a server that can start, each step done once and remembered:
 * packages, secrets, the web page (with a copy for each server), the tables of the local database.
 */
import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { withLock } from './lock.mjs';
import { inRoot, projectNode, root, tools } from './paths.mjs';
import { run } from './process.mjs';
import { ensureSecrets } from './secrets.mjs';
import { pageIn, quietWrangler } from './settings.mjs';
import { hasStamp, hashOf, writeStamp } from './stamp.mjs';

/** @typedef {{ ok: true } | { ok: false, reason: string }} Done */

/**
 * What two copies started at once must not do at the same time.
 * @param {string} [stateDir] of a server, which gets a page of its own there: a later build changes nothing under it
 * @returns {Promise<Done>}
 */
export const prepareTree = (stateDir) =>
  withLock(inRoot('dist', '.preparing'), async () => {
    const installed = await ensureInstalled();
    if (!installed.ok) return installed;
    ensureSecrets(inRoot('.dev.vars'));
    const built = await buildWeb();
    if (built.ok && stateDir !== undefined) {
      rmSync(pageIn(stateDir), { recursive: true, force: true });
      cpSync(inRoot('dist', 'web'), pageIn(stateDir), { recursive: true });
    }
    return built;
  });

/** @param {string} stateDir @returns {Promise<Done>} */
export async function migrate(stateDir) {
  const hash = hashOf(root, [inRoot('migrations')]);
  const stamp = join(stateDir, 'migrations.stamp');
  if (hasStamp(stamp, hash)) return { ok: true };
  process.stdout.write('Making the tables of the local database …\n');
  const { code, output } = await run(
    projectNode,
    [tools.wrangler, 'd1', 'migrations', 'apply', 'DB', '--local', '--persist-to', stateDir],
    { env: quietWrangler(stateDir) },
  );
  if (code !== 0) return { ok: false, reason: `The migrations of the local database failed.\n${output}` };
  writeStamp(stamp, hash);
  return { ok: true };
}

/** @returns {Promise<Done>} */
async function buildWeb() {
  const hash = hashOf(
    root,
    ['web', 'client', 'protocol', 'package-lock.json'].map((path) => inRoot(path)),
  );
  const stamp = inRoot('dist', 'web.stamp');
  const built = inRoot('dist', 'web');
  if (existsSync(join(built, 'index.html')) && hasStamp(stamp, hash)) return { ok: true };
  process.stdout.write('Building the web page …\n');
  // Built aside and moved into place: a running server, or a crash, never sees half a page.
  const fresh = inRoot('dist', 'web.fresh');
  const { code, output } = await run(projectNode, [tools.vite, 'build', 'web', '--outDir', fresh, '--emptyOutDir', '--logLevel', 'warn']);
  if (code !== 0) return { ok: false, reason: `The build of the web page failed.\n${output}` };
  rmSync(built, { recursive: true, force: true });
  renameSync(fresh, built);
  writeStamp(stamp, hash);
  return { ok: true };
}
