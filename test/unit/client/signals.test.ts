/** Receipts as they go out: frames are counted. */
import { expect, test } from 'vitest';
import { createSignals, DELIVERED_INTERVAL_MS, READ_INTERVAL_MS } from '../../../client/src/signals.ts';
import type { SignalFrame } from '../../../protocol/client-frames.ts';
import { createClock } from '../../support/client-clock.ts';
import { ANN } from './builders.ts';

function stage() {
  const clock = createClock();
  const sent: SignalFrame[][] = [];
  const signals = createSignals(clock, (...frames) => sent.push(frames));
  signals.greeted({ user_id: ANN, delivered: 5, read: 5 });
  return { clock, sent, signals };
}
const delivered = (message_id: number): SignalFrame => ({ op: 'delivered', message_id });
const read = (message_id: number): SignalFrame => ({ op: 'read', message_id });

test('what is read at once is told as delivered and as read, in one frame', async () => {
  const { clock, sent, signals } = stage();
  signals.delivered(6);
  signals.read(6);
  await clock.run(DELIVERED_INTERVAL_MS);
  signals.read(7);
  signals.delivered(7);
  await clock.run(READ_INTERVAL_MS);
  expect(sent).toEqual([[delivered(7), read(7)]]);
});

test('what is not read, or read later, is told as delivered before', async () => {
  const { clock, sent, signals } = stage();
  signals.delivered(6);
  await clock.run(DELIVERED_INTERVAL_MS);
  signals.read(6);
  signals.delivered(7);
  await clock.run(READ_INTERVAL_MS);
  expect(sent).toEqual([[delivered(6)], [delivered(7)], [read(6)]]);
});

test('on the disk only after it was told as read: told as delivered all the same', async () => {
  const { clock, sent, signals } = stage();
  signals.read(6);
  await clock.run(READ_INTERVAL_MS);
  signals.delivered(6);
  await clock.run(READ_INTERVAL_MS);
  expect(sent).toEqual([[read(6)], [delivered(6)]]);
});

test('what the server knows already is not said again', async () => {
  const { clock, sent, signals } = stage();
  signals.delivered(5);
  signals.read(5);
  await clock.run(READ_INTERVAL_MS);
  expect(sent).toEqual([]);
});
