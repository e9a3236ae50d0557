/**
 * `npm test`: sets up like `npm start`, then runs every check and every test.
 * `npm test -- check unit workers requests simulation e2e` runs those named. Runs on Node 20.
 * The last line is always `N passed, N failed`, however it ends.
 */
import { ensureChromium } from './lib/chromium.mjs';
import { prepareTree } from './lib/prepare.mjs';
import { endAll } from './lib/process.mjs';
import { runChecks, runProject } from './lib/steps.mjs';
import { sum, verdict } from './lib/tally.mjs';

/**
 * One stage after the other; the lanes of a stage run side by side, for each keeps about one core busy.
 * The browser has the machine to itself: its tests wait for what a person would wait for.
 */
const STAGES = [
  [
    ['check', 'workers'],
    ['unit', 'simulation', 'requests'],
  ],
  [['e2e']],
];
const PARTS = STAGES.flat(2);
/** @type {import('./lib/tally.mjs').Tally[]} */
const tallies = [];
let ending = false;

process.on('exit', () => {
  const total = sum(tallies);
  process.exitCode = total.failed === 0 && total.passed > 0 ? process.exitCode : 1;
  process.stdout.write(`${verdict(total)}\n`);
});
process.on('uncaughtException', (error) => void giveUp(error.stack ?? error.message));
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => void giveUp(`ended by ${signal}`));

const named = process.argv.slice(2);
const unknown = named.filter((name) => !PARTS.includes(name));
if (unknown.length > 0) await giveUp(`There is no part "${unknown.join(' ')}"; there are: ${PARTS.join(' ')}.`);
const parts = named.length === 0 ? PARTS : named;

const prepared = await prepareTree();
if (!prepared.ok) await giveUp(prepared.reason);
// Where it has to be installed that is done by the time it is needed.
const browser = parts.includes('e2e') ? ensureChromium() : undefined;
for (const lanes of STAGES) await Promise.all(lanes.map((lane) => runLane(lane.filter((part) => parts.includes(part)))));

/** @param {string[]} lane */
async function runLane(lane) {
  for (const part of lane) {
    tallies.push(part === 'check' ? await runChecks() : await runTests(part));
    // Whoever gives up ends what runs, and this is how it came to an end.
    if (ending) await new Promise(() => {});
  }
}

/** @param {string} project @returns {Promise<import('./lib/tally.mjs').Tally>} */
async function runTests(project) {
  const chromium = project === 'e2e' ? await browser : undefined;
  if (chromium === undefined) return runProject(project, {});
  if (chromium.ok) return runProject(project, { CHROME_PATH: chromium.path });
  process.stdout.write(`FAIL e2e\n${chromium.reason}\n`);
  return { passed: 0, failed: 1 };
}

/** @param {string} reason @returns {Promise<never>} */
async function giveUp(reason) {
  if (ending) return new Promise(() => {});
  ending = true;
  process.stdout.write(`${reason}\n`);
  tallies.push({ passed: 0, failed: 1 });
  await endAll();
  process.exit(1);
}
