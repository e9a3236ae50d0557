/** Every short path through the connection's machine. */
import { expect, test } from 'vitest';
import { dueAt, INITIAL, transition, type Event, type State } from '../../../client/src/connection.ts';

const closed = (code: number, reason = ''): Event => ({ type: 'closed', code, reason });

test('no sequence of events opens a second socket without closing the first', () => {
  const events: Event[] = [
    { type: 'open' },
    { type: 'close' },
    { type: 'hello' },
    { type: 'heard' },
    closed(1006),
    closed(4401),
    closed(1012, '1'),
    { type: 'refused', refusal: { code: 'unavailable', detail: '' } },
    { type: 'welcome' },
    { type: 'restart', now: true },
    { type: 'hint', hint: 'online' },
    { type: 'hint', hint: 'visible' },
    { type: 'timer' },
  ];
  // Every path of five events from the start: the link is there from `open` to `close` or to the socket's own end.
  let paths = 0;
  const walk = (state: State, there: boolean, depth: number): void => {
    if (depth === 0) return void paths++;
    for (const event of events) {
      if (event.type === 'closed' && !there) continue;
      const next = transition(state, event, (dueAt(state) ?? 0) + 1, () => 0.5);
      let still = event.type === 'closed' ? false : there;
      for (const effect of next.effects) {
        if (effect.type === 'close') still = false;
        if (effect.type !== 'open') continue;
        expect(still).toBe(false);
        still = true;
      }
      walk(next.state, still, depth - 1);
    }
  };
  walk(INITIAL, false, 5);
  expect(paths).toBeGreaterThan(100_000);
});
