/**
 * `npm start`: from a fresh clone to a running local server, and everything gone again on Ctrl-C.
 * Runs on Node 20; the tools run on the project's own Node. See docs/operations.md for the variables.
 */
import { root } from './lib/paths.mjs';
import { migrate, prepareTree } from './lib/prepare.mjs';
import { endAll } from './lib/process.mjs';
import { claimState, isPortFree, logPath, openState, startServer } from './lib/server.mjs';
import { settingsFrom } from './lib/settings.mjs';

const settings = valueOf(settingsFrom(process.env, root));
const { port, stateDir } = settings;
let stopping = false;
/** @type {ReturnType<typeof startServer> | undefined} */
let server;
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => void stop());
// A screen that is gone is no reason to leave the server behind.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
// A test that starts us with a channel takes us with it when it dies.
process.on('disconnect', () => void stop());

openState(stateDir);
valueOf(await claimState(stateDir));
if (!(await isPortFree(port))) fail(`Port ${port} is in use; stop what uses it or choose another: PORT=8788 npm start`);
valueOf(await prepareTree(stateDir));
valueOf(await migrate(stateDir));
if (!stopping) {
  server = startServer(settings, announce);
  const code = await server.ended;
  if (!stopping) {
    await server.stop();
    fail(`The server ended by itself (${code}); its log is ${logPath(stateDir)}`);
  }
}

function announce() {
  process.stdout.write(`
  Natter is running:  http://localhost:${port}

  Open it in two browsers, sign up twice and chat.
  npm run demo        fills it with people and conversations to look at
  state and log       ${stateDir}
  Ctrl-C              stops it; the next npm start finds everything again

`);
}

async function stop() {
  if (stopping) return;
  stopping = true;
  await endAll();
  await server?.stop();
  process.exit(0);
}

/** @template T @param {{ ok: true, value?: T } | { ok: false, reason: string }} outcome @returns {T} */
function valueOf(outcome) {
  if (!outcome.ok) fail(outcome.reason);
  return /** @type {T} */ (/** @type {{ value?: unknown }} */ (outcome).value);
}

/** @param {string} reason @returns {never} */
function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
