/** A thousand runs of a small world in bad weather; a seed that fails is printed, and kept below by name. */
import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { indexedDbStorage, memoryStorage } from '../../../client/src/index.ts';
import { runWorld } from '../../support/client-world.ts';

const SEEDS = Number(process.env['SEEDS'] ?? 1_000);
const FIRST = Number(process.env['FIRST_SEED'] ?? 1);
const BATCH = 50;
const SEEDS_ON_DISK = 5;

/** In batches, so that none of them comes near the time limit on a busy machine. */
const batches = Array.from({ length: Math.ceil(SEEDS / BATCH) }, (_, index) => {
  const first = FIRST + index * BATCH;
  return [first, Math.min(first + BATCH, FIRST + SEEDS) - 1] as const;
});

test.each(batches)(
  '[P9] what was sent is in the log once and in order, and every timeline is the log (seeds %i to %i)',
  async (first, last) => {
    const failed: string[] = [];
    const seen = { entries: 0, starts: 0, repeats: 0 };
    for (let seed = first; seed <= last && failed.length < 5; seed++) {
      const { breaches, entries, starts, repeats } = await runWorld({ seed, storage: memoryStorage });
      seen.entries += entries;
      seen.starts += starts;
      seen.repeats += repeats;
      if (breaches.length > 0) failed.push(`seed ${seed}: ${breaches.slice(0, 3).join('; ')}`);
    }
    expect(failed).toEqual([]);
    // A simulation in which nothing goes wrong proves nothing.
    const seeds = last - first + 1;
    expect(seen.entries).toBeGreaterThan(seeds * 30);
    expect(seen.starts).toBeGreaterThan(seeds * 4);
    expect(seen.repeats).toBeGreaterThan(seeds * 2);
  },
);

test.each([
  [150, 'a frame that came twice: the repeat is answered although the sender has to wait'],
  [219, 'the same, after a crash'],
  [252, 'the same, with a short range for duplicates'],
  [413, 'the same, behind a burst'],
  [777, 'the same, between two devices of one user'],
  [685, 'a first opening after the storm, with more than one page to read'],
  [912, 'the same, for a user with another device'],
  [981, 'a refusal that came twice'],
])('[P9] seed %i: %s', async (seed) => {
  expect((await runWorld({ seed, storage: memoryStorage })).breaches).toEqual([]);
});

test(`[P9] the same on IndexedDB (${SEEDS_ON_DISK} seeds)`, async () => {
  for (let seed = 1; seed <= SEEDS_ON_DISK; seed++) {
    let disks = 0;
    const { breaches, entries } = await runWorld({ seed, storage: () => indexedDbStorage(`seed-${seed}-disk-${disks++}`) });
    expect(breaches, `seed ${seed}`).toEqual([]);
    expect(entries).toBeGreaterThan(10);
  }
});
