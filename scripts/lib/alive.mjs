/**
 * Which processes still do something. One that was killed stays in the table until its parent has
 * asked how it ended, which an init process may do late or never: such a zombie holds nothing.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** @param {number} pid */
export const isAlive = (pid) => signal(pid, 0) && stateOf(pid)?.isDead !== true;

/** Whether anything of a process group still runs. @param {number} group pid of its head */
export function isGroupAlive(group) {
  if (!signal(process.platform === 'win32' ? group : -group, 0)) return false;
  const pids = everyPid();
  return pids === null || pids.map(stateOf).some((state) => state !== null && state.group === group && !state.isDead);
}

/** @param {number} pid negative: its group @param {NodeJS.Signals | 0} name 0: only asks whether it is there */
export function signal(pid, name) {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** Null where there is no /proc (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html). */
function everyPid() {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return null;
  }
}

/** Null: gone, or unknown. @param {number} pid */
function stateOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold blanks and parentheses of its own.
    const [state = '', , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { isDead: state === 'Z' || state === 'X', group: Number(group) };
  } catch {
    return null;
  }
}
