/** A thousand runs of a small world in bad weather; a seed that fails is printed, and kept below by name. */
import { expect, test } from 'vitest';
import { memoryStorage } from '../../../client/src/index.ts';
import { runWorld } from '../../support/client-world.ts';

const SEEDS = Number(process.env['SEEDS'] ?? 1_000);
const FIRST = Number(process.env['FIRST_SEED'] ?? 1);

test(`[P9] what was sent is in the log once and in order, and every timeline is the log (${SEEDS} seeds)`, async () => {
  const failed: string[] = [];
  const seen = { entries: 0, starts: 0, repeats: 0 };
  for (let seed = FIRST; seed < FIRST + SEEDS && failed.length < 5; seed++) {
    const { breaches, entries, starts, repeats } = await runWorld({ seed, storage: memoryStorage });
    seen.entries += entries;
    seen.starts += starts;
    seen.repeats += repeats;
    if (breaches.length > 0) failed.push(`seed ${seed}: ${breaches.slice(0, 3).join('; ')}`);
  }
  expect(failed).toEqual([]);
  // A simulation in which nothing goes wrong proves nothing.
  expect(seen.entries).toBeGreaterThan(SEEDS * 30);
  expect(seen.starts).toBeGreaterThan(SEEDS * 4);
  expect(seen.repeats).toBeGreaterThan(SEEDS * 2);
});
