/** Runs checks and test projects one after the other, says briefly how each ended, and counts. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { checks } from './checks.mjs';
import { inRoot, projectNode, tools } from './paths.mjs';
import { run } from './process.mjs';
import { tallyOf } from './tally.mjs';

/** @typedef {import('./tally.mjs').Tally} Tally */

/** How long one may take before it is taken to hang. */
const PROJECT_LIMIT_MS = 600_000;
const CHECK_LIMIT_MS = 120_000;

/** @returns {Promise<Tally>} */
export async function runChecks() {
  const tally = { passed: 0, failed: 0 };
  for (const { name, check } of checks) {
    const startedAt = Date.now();
    const { code, output } = await check(CHECK_LIMIT_MS);
    tally[code === 0 ? 'passed' : 'failed'] += 1;
    report(code === 0, name, startedAt, output);
  }
  return tally;
}

/** @param {string} project of vitest.config.ts @param {Record<string, string>} env @returns {Promise<Tally>} */
export async function runProject(project, env) {
  const startedAt = Date.now();
  const folder = inRoot('dist', 'test');
  const file = inRoot('dist', 'test', `${project}.json`);
  mkdirSync(folder, { recursive: true });
  rmSync(file, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { code, output } = await run(projectNode, [tools.vitest, 'run', '--project', project, ...reporters], {
    env: { NO_COLOR: '1', ...env },
    limitMs: PROJECT_LIMIT_MS,
    onLine: (line) => {
      if (/^ [✓❯×] /u.test(line)) process.stdout.write(`   ${line.trim()}\n`);
    },
  });
  const tally = tallyOf(contentOf(file), code);
  report(tally.failed === 0, `${project}: ${tally.passed} passed, ${tally.failed} not`, startedAt, output);
  return tally;
}

/** @param {boolean} good @param {string} name @param {number} startedAt @param {string} output */
function report(good, name, startedAt, output) {
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${good ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)\n${good ? '' : `${output.trimEnd()}\n`}`);
}

/** @param {string} file */
function contentOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
