/** Commands that are run to their end, or to their limit. */
import { expect, it } from 'vitest';
import { isAlive } from '../../../scripts/lib/alive.mjs';
import { endAll, run } from '../../../scripts/lib/process.mjs';

const node = (code: string, options = {}) => run(process.execPath, ['-e', code], options);

it('a command answers its exit code and all it said', async () => {
  const lines: string[] = [];
  const onLine = (line: string) => lines.push(line);
  expect(await node('console.log("one"); console.error("two"); process.exitCode = 3', { onLine })).toEqual({
    code: 3,
    output: expect.stringMatching(/^(one\ntwo|two\none)$/),
  });
  expect(lines.toSorted()).toEqual(['one', 'two']);
});

it('a command that does not exist has failed', async () => {
  expect((await run('no-such-command-of-ours', [])).code).toBe(127);
});

it('a command that takes too long is ended', async () => {
  const { code, output } = await node('setInterval(() => {}, 1e6)', { limitMs: 1 });
  expect(code).not.toBe(0);
  expect(output).toContain('ended: it took longer than 1 ms');
});

it('what is ended is gone with all it has started', async () => {
  const parent = `const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
    console.log(child.pid); setInterval(() => {}, 1e6)`;
  let descendant = 0;
  let ended: Promise<unknown> = Promise.resolve();
  const { code } = await node(parent, {
    onLine(line: string) {
      descendant = Number(line);
      ended = endAll();
    },
  });
  await ended;
  expect(code).not.toBe(0);
  expect(descendant).toBeGreaterThan(0);
  expect(isAlive(descendant)).toBe(false);
});
