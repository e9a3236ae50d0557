/**
 * The running local server: wrangler as a process group, a note in the state folder about who holds it,
 * and its output, in full in the folder's log and without the request lines on the screen.
 */
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectNode, tools } from './paths.mjs';
import { isAlive, isGroupAlive } from './alive.mjs';
import { endGroup, startGroup } from './process.mjs';
import { devArguments, quietWrangler } from './settings.mjs';

/** @typedef {import('./settings.mjs').Settings} Settings */
/** @typedef {{ supervisor: number, group: number, port: number }} Note */

/**
 * Makes sure that nobody else serves this folder. A server whose supervisor was killed is ended first.
 * @param {string} stateDir
 * @returns {Promise<{ ok: true } | { ok: false, reason: string }>}
 */
export async function claimState(stateDir) {
  const note = noteIn(stateDir);
  if (note !== null && isAlive(note.supervisor) && isGroupAlive(note.group)) {
    return {
      ok: false,
      reason: `A server with the state folder ${stateDir} is running already, on port ${note.port}; stop it or choose another STATE_DIR.`,
    };
  }
  if (note !== null && isGroupAlive(note.group)) await endGroup(note.group);
  return { ok: true };
}

/** @param {number} port */
export async function isPortFree(port) {
  for (const host of ['127.0.0.1', '::1']) if (!(await canListen(port, host))) return false;
  return true;
}

/**
 * @param {Settings} settings
 * @param {() => void} onReady
 * @returns {{ stop(): Promise<void>, ended: Promise<number> }} `ended` with wrangler's exit code
 */
export function startServer(settings, onReady) {
  const { stateDir, port } = settings;
  const child = startGroup(projectNode, [tools.wrangler, ...devArguments(settings)], quietWrangler(stateDir));
  const group = child.pid ?? 0;
  writeFileSync(notePath(stateDir), JSON.stringify({ supervisor: process.pid, group, port }));
  const log = createWriteStream(logPath(stateDir));
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      log.write(`${line}\n`);
      if (/Ready on http/.test(line)) onReady();
      else if (isWorthShowing(line)) process.stdout.write(`${line}\n`);
    });
  }
  const ended = new Promise((resolve) => {
    child.on('error', () => resolve(127));
    child.on('close', (code) => resolve(code ?? 1));
  });
  return {
    ended,
    async stop() {
      await endGroup(group);
      log.end();
      rmSync(notePath(stateDir), { force: true });
    },
  };
}

/** @param {string} stateDir */
export function openState(stateDir) {
  mkdirSync(stateDir, { recursive: true });
  if (existsSync(logPath(stateDir))) renameSync(logPath(stateDir), `${logPath(stateDir)}.1`);
}

/** @param {string} stateDir */
export const logPath = (stateDir) => join(stateDir, 'server.log');

/** Errors and warnings, of the Worker too; not the start-up chatter and not each request. @param {string} line */
export const isWorthShowing = (line) => /\berror\b|\bwarn(ing)?\b|✘|▲/i.test(line) && !/\[wrangler:info\]/.test(line);

/** @param {string} stateDir */
const notePath = (stateDir) => join(stateDir, 'server.json');

/** @param {string} stateDir @returns {Note | null} */
function noteIn(stateDir) {
  try {
    return JSON.parse(readFileSync(notePath(stateDir), 'utf8'));
  } catch {
    return null;
  }
}

/** @param {number} port @param {string} host @returns {Promise<boolean>} */
function canListen(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    // A machine without IPv6 has no ::1; that is no reason to call the port busy.
    server.on('error', (error) => resolve(/** @type {NodeJS.ErrnoException} */ (error).code !== 'EADDRINUSE'));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
