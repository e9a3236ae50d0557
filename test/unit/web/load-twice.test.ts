import { expect, test } from 'vitest';
import { LOAD_AGAIN_MS, loadTwice } from '../../../web/src/lib/load-twice.ts';

test.each<[string, (string | null)[], unknown, number]>([
  ['what loads is loaded once', ['part'], 'part', 1],
  ['what fails once is loaded again after a moment', [null, 'part'], 'part', 2],
  ['what fails twice has failed', [null, null, 'part'], 'failed', 2],
])('[E10] %s', async (_, answers, expected, times) => {
  const waits: number[] = [];
  let asked = 0;
  const load = async () => {
    const answer = answers[asked++];
    if (answer === null) throw new TypeError('Failed to fetch dynamically imported module');
    return answer;
  };
  const loaded = await loadTwice(load, async (delayMs) => void waits.push(delayMs)).catch(() => 'failed');
  expect([loaded, asked, waits]).toEqual([expected, times, times === 2 ? [LOAD_AGAIN_MS] : []]);
});
