/** Many runs of a fleet of devices in bad weather; a seed that fails is printed, and kept below by name. */
import { expect, test } from 'vitest';
import { runFleet } from '../../support/client-fleet.ts';

const SEEDS = Number(process.env['SEEDS'] ?? 300);
const FIRST = Number(process.env['FIRST_SEED'] ?? 1);
const BATCH = 25;

/** In batches, so that none of them comes near the time limit on a busy machine. */
const batches = Array.from({ length: Math.ceil(SEEDS / BATCH) }, (_, index) => {
  const first = FIRST + index * BATCH;
  return [first, Math.min(first + BATCH, FIRST + SEEDS) - 1] as const;
});

test.each(batches)('[P7] [P9] every device ends with the same timelines, rows and counts (seeds %i to %i)', async (first, last) => {
  const failed: string[] = [];
  const seen = { entries: 0, starts: 0, acks: 0 };
  for (let seed = first; seed <= last && failed.length < 5; seed++) {
    const { breaches, entries, starts, acks } = await runFleet(seed);
    seen.entries += entries;
    seen.starts += starts;
    seen.acks += acks;
    if (breaches.length > 0) failed.push(`seed ${seed}: ${breaches.slice(0, 3).join('; ')}`);
  }
  expect(failed).toEqual([]);
  // A simulation in which nothing goes wrong proves nothing.
  const seeds = last - first + 1;
  expect(seen.entries).toBeGreaterThan(seeds * 15);
  expect(seen.starts).toBeGreaterThan(seeds * 4);
  expect(seen.acks).toBeGreaterThan(seeds * 20);
});

test.each([
  [280, 'a hello that was on its way while HTTP went further'],
  [424, 'a newest page that comes late, when the log is further already'],
  [435, 'a row comes before what this device has read of it'],
  [428, 'read here, removed, and come back: the server is told'],
  [556, 'the last page of a hello that came twice'],
  [751, 'the same, and a row nobody tells of any more'],
  [336, 'a late connection of a dead program takes the place of the living one'],
])('[P7] seed %i: %s', async (seed) => {
  expect((await runFleet(seed)).breaches).toEqual([]);
});
