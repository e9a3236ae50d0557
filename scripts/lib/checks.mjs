/** Every check that is no test, in the order in which a fault is most worth knowing. */
import { inRoot, projectNode } from './paths.mjs';
import { run } from './process.mjs';
import { quietWrangler } from './settings.mjs';
import { runtimesIn } from './runtimes.mjs';

/** @typedef {{ name: string, check: (limitMs: number) => Promise<{ code: number, output: string }> }} Check */

const PROGRAMS = [
  'tsconfig.json',
  'client/tsconfig.json',
  'client/tsconfig.test.json',
  'web/tsconfig.json',
  'scripts/tsconfig.json',
  'bench/tsconfig.json',
  'test/tsconfig.json',
  'test/e2e/tsconfig.json',
];

/** @type {Check[]} */
export const checks = [
  ...PROGRAMS.map((program) => tool(`types: ${program}`, ['typescript', 'bin', 'tsc'], ['--noEmit', '--project', program])),
  tool('lint', ['oxlint', 'bin', 'oxlint'], ['--type-aware', '--max-warnings', '0', '--quiet']),
  tool('format', ['oxfmt', 'bin', 'oxfmt'], ['--check']),
  tool('unused files, exports and packages', ['knip', 'bin', 'knip.js'], ['--no-progress']),
  { name: 'one workerd in the tree', check: oneRuntime },
  tool('the client is small', ['size-limit', 'bin.js'], []),
  tool(
    'deployable',
    ['wrangler', 'bin', 'wrangler.js'],
    ['deploy', '--dry-run', '--outdir', inRoot('dist', 'dry-run')],
    quietWrangler(inRoot('dist', 'dry-run')),
  ),
];

/**
 * @param {string} name
 * @param {string[]} entry of the tool, under node_modules
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @returns {Check}
 */
function tool(name, entry, args, env = {}) {
  return {
    name,
    check: (limitMs) => run(projectNode, [inRoot('node_modules', ...entry), ...args], { limitMs, env: { NO_COLOR: '1', ...env } }),
  };
}

/** A second workerd means that what is tested is not what `npm start` runs. */
async function oneRuntime() {
  const found = runtimesIn(inRoot('node_modules', '.package-lock.json'));
  return { code: found.length === 1 ? 0 : 1, output: found.join('\n') };
}
