/**
 * Child processes: to the end with their output kept, or as a group that can be ended whole.
 * Everything started here has the project's Node first on its path.
 */
import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { isGroupAlive, signal } from './alive.mjs';
import { inRoot, projectNode } from './paths.mjs';

/** How long a group may take to end by itself. */
const PATIENCE_MS = 8_000;
const POLL_MS = 50;

/** Groups of the commands that run now. @type {Set<number>} */
const running = new Set();

/** @param {Record<string, string>} [more] */
export const environment = (more = {}) => ({
  ...process.env,
  PATH: [dirname(projectNode), inRoot('node_modules', '.bin'), process.env.PATH].join(delimiter),
  ...more,
});

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, limitMs?: number, onLine?: (line: string) => void }} [options] `limitMs`: then it is ended
 * @returns {Promise<{ code: number, output: string }>} a command that cannot be started ends with 127
 */
export async function run(command, args, { env, limitMs, onLine } = {}) {
  const child = startGroup(command, args, env);
  const group = child.pid;
  if (group === undefined) return new Promise((resolve) => child.on('error', (error) => resolve({ code: 127, output: error.message })));
  running.add(group);
  /** @type {string[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output.push(line);
      onLine?.(line);
    });
  }
  let ended = Promise.resolve();
  const tooLate = () => {
    output.push(`ended: it took longer than ${limitMs} ms`);
    ended = endGroup(group);
  };
  const limit = limitMs === undefined ? undefined : setTimeout(tooLate, limitMs);
  const code = await new Promise((resolve) => child.on('close', (status) => resolve(status ?? 1)));
  clearTimeout(limit);
  await ended;
  running.delete(group);
  return { code, output: output.join('\n') };
}

/** Ends whatever `run` has begun. */
export const endAll = () => Promise.all([...running].map(endGroup));

/**
 * Starts a command as the head of its own process group.
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 */
export const startGroup = (command, args, env = {}) =>
  spawn(command, args, { cwd: inRoot(), env: environment(env), stdio: ['ignore', 'pipe', 'pipe'], detached: true });

/** Ends a whole group: asks, waits, then insists. @param {number} group pid of its head */
export async function endGroup(group) {
  signalGroup(group, 'SIGTERM');
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    if (!isGroupAlive(group)) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  signalGroup(group, 'SIGKILL');
}

/** @param {number} group @param {NodeJS.Signals | 0} name */
export const signalGroup = (group, name) => signal(process.platform === 'win32' ? group : -group, name);
