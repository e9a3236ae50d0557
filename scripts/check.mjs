/** `npm run check`: types, lint, format, unused code, sizes, a trial of the deployment. No tests. */
import { prepareTree } from './lib/prepare.mjs';
import { endAll } from './lib/process.mjs';
import { runChecks } from './lib/steps.mjs';
import { verdict } from './lib/tally.mjs';

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => void endAll().then(() => process.exit(1)));

const prepared = await prepareTree();
if (!prepared.ok) {
  process.stderr.write(`${prepared.reason}\n`);
  process.exit(1);
}
const tally = await runChecks();
process.stdout.write(`${verdict(tally)}\n`);
process.exitCode = tally.failed === 0 ? 0 : 1;
