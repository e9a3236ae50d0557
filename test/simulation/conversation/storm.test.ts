/** Whole conversations in bad weather; a seed that fails is printed, and kept below by name. */
import { expect, test } from 'vitest';
import { simulateConversation } from './world.ts';

const SEEDS = Number(process.env['SEEDS'] ?? 300);
const FIRST = Number(process.env['FIRST_SEED'] ?? 1);

test(`[P1-P5 P8] acknowledged is stored, once and in order, and every inbox and D1 come to equal the log (${SEEDS} seeds)`, async () => {
  const failed: string[] = [];
  const seen: Record<string, number> = {};
  for (let seed = FIRST; seed < FIRST + SEEDS && failed.length < 5; seed++) {
    const { breaches, counts } = await simulateConversation(seed);
    for (const [what, times] of Object.entries(counts)) seen[what] = (seen[what] ?? 0) + times;
    if (breaches.length > 0) failed.push(`seed ${seed}: ${breaches.slice(0, 3).join('; ')}`);
  }
  expect(failed).toEqual([]);
  // A simulation in which nothing goes wrong proves nothing.
  const often = [
    'killed between turns',
    'killed in its turn',
    'killed before the answers',
    'evicted',
    'write failed',
    'membership changed',
    'repeat answered',
    'shown and not stored',
    'exact',
  ];
  for (const what of often) expect(seen[what], what).toBeGreaterThan(SEEDS / 4);
  for (const what of ['call answer lost', 'call late', 'call twice', 'nack rate_limited', 'nack internal', 'closed 4403']) {
    expect(seen[what], what).toBeGreaterThan(SEEDS / 10);
  }
  expect(seen['entries']).toBeGreaterThan(SEEDS * 50);
}, 600_000);

test.each([
  [2, 'a read by HTTP was answered before it was stored'],
  [1, 'who had left got a read position again from what they once wrote'],
  [26, 'a crash right after a removal brought the receipts of the removed back'],
])('seed %i: %s', async (seed) => {
  expect((await simulateConversation(seed)).breaches).toEqual([]);
});
