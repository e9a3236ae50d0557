/** Three conversations have a socket; nothing that waits to be sent waits for ever. */
import { expect, test } from 'vitest';
import { AWAKE_MAX, createRoster } from '../../../client/src/roster.ts';

function stage() {
  const awake = new Set<string>();
  const busy = new Set<string>();
  let most = 0;
  const roster = createRoster({
    wake(id) {
      awake.add(id);
      most = Math.max(most, awake.size);
    },
    sleep: (id) => void awake.delete(id),
    isBusy: (id) => busy.has(id),
  });
  return { roster, busy, awake: () => [...awake].toSorted().join(''), most: () => most };
}

test('the fourth puts the one opened longest ago to sleep', () => {
  const { roster, awake, most } = stage();
  for (const id of 'abcad') roster.opened(id);
  expect([awake(), roster.sleepers(), most()]).toEqual(['acd', ['b'], AWAKE_MAX]);
});

test('[P9] one that has something to send keeps its socket, or gets one as soon as another is done', () => {
  const { roster, busy, awake, most } = stage();
  for (const id of 'abc') {
    busy.add(id);
    roster.opened(id);
  }
  roster.opened('d');
  expect(awake()).toBe('bcd');
  busy.delete('b');
  roster.settled();
  expect([awake(), roster.isAsleep('b'), most()]).toEqual(['acd', true, AWAKE_MAX]);
  roster.settled();
  expect(awake()).toBe('acd');
});

test('what is closed gives its place away and is not woken', () => {
  const { roster, busy, awake } = stage();
  for (const id of 'abcd') roster.opened(id);
  busy.add('a');
  roster.closed('a');
  roster.settled();
  expect([awake(), roster.sleepers()]).toEqual(['bcd', []]);
});
