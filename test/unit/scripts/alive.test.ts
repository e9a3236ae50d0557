/** Who still runs. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { isAlive, isGroupAlive } from '../../../scripts/lib/alive.mjs';

it.runIf(process.platform === 'linux')(
  'a process that was killed and that nobody has asked about is not alive, nor is its group',
  async () => {
    // The shell becomes a program that never asks how its child ended.
    const parent = spawn('sh', ['-c', 'setsid sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const zombie = await new Promise<number>((resolve) =>
        createInterface({ input: parent.stdout }).once('line', (line) => resolve(Number(line))),
      );
      while (!/\) Z /.test(readFileSync(`/proc/${zombie}/stat`, 'utf8'))) await new Promise(setImmediate);
      expect([isAlive(zombie), isGroupAlive(zombie)]).toEqual([false, false]);
      expect([isAlive(process.pid), isAlive(parent.pid!)]).toEqual([true, true]);
    } finally {
      parent.kill('SIGKILL');
    }
  },
);

it('a group of which something runs is alive until that ends', async () => {
  const head = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  const group = head.pid!;
  expect(isGroupAlive(group)).toBe(true);
  head.kill('SIGKILL');
  await new Promise((resolve) => head.on('exit', resolve));
  expect(isGroupAlive(group)).toBe(false);
});
