/** [P9] What may go out when: the outbox's rules, one by one. */
import { expect, test } from 'vitest';
import {
  ANSWER_TIMEOUT_MS,
  apply,
  dueAt,
  EMPTY,
  isOverdue,
  isStuck,
  nextFrame,
  RETRY_AFTER_MS,
  type Event,
  type State,
} from '../../../client/src/outbox.ts';
import type { LogFrame } from '../../../protocol/client-frames.ts';
import type { NackFrame } from '../../../protocol/server-frames.ts';
import { send } from './builders.ts';

const NOW = 1_000_000;
const opened: Event = { type: 'opened' };
const shut: Event = { type: 'shut' };
const one = send('one');
const two = send('two');

const outbox = (...events: Event[]): State => events.reduce((state, event) => apply(state, event, NOW), EMPTY);
const added = (frame: LogFrame): Event[] => [
  { type: 'added', frame },
  { type: 'stored', frame, volatile: false },
];
const sent = (frame: LogFrame): Event => ({ type: 'sent', globalId: frame.global_id });
const removed = (...frames: LogFrame[]): Event => ({ type: 'removed', globalIds: new Set(frames.map(({ global_id }) => global_id)) });
const nack = (frame: LogFrame, code: NackFrame['code'], retry_after?: number): Event => ({
  type: 'nack',
  nack: { op: 'nack', global_id: frame.global_id, code, detail: 'because', ...(retry_after !== undefined && { retry_after }) },
});
const next = (state: State, now = NOW): string | undefined => nextFrame(state, now)?.frame.global_id;
const queued = (state: State): string[] => state.entries.map(({ frame }) => frame.global_id);
const both: Event[] = [...added(one), ...added(two), opened];

test('[P9] nothing goes out before it is on the disk', () => {
  const state = outbox({ type: 'added', frame: one }, opened);
  expect(next(state)).toBeUndefined();
  expect(next(apply(state, { type: 'stored', frame: one, volatile: false }, NOW))).toBe('one');
  expect(next(apply(state, { type: 'stored', frame: one, volatile: true }, NOW))).toBe('one');
});

test('[P9] nothing goes out before the log is in up to its end', () => {
  expect(next(outbox(...added(one)))).toBeUndefined();
  expect(next(outbox(...added(one), opened))).toBe('one');
});

test('[P9] nothing goes out without a stamp, which has to be on the disk too', () => {
  const { after_message_id: _none, ...unstamped } = one;
  const stamped = outbox(...added(unstamped), opened, { type: 'stamped', globalId: 'one', after: 7 });
  expect(next(outbox(...added(unstamped), opened))).toBeUndefined();
  expect(next(stamped)).toBeUndefined();
  expect(next(apply(stamped, { type: 'stored', frame: unstamped, volatile: false }, NOW))).toBeUndefined();
  const frame = stamped.entries[0]!.frame;
  expect(frame.after_message_id).toBe(7);
  expect(next(apply(stamped, { type: 'stored', frame, volatile: false }, NOW))).toBe('one');
});

test('[P9] one is under way at a time, and the next follows when it is in the log', () => {
  const state = outbox(...both, sent(one));
  expect(next(state)).toBeUndefined();
  expect(next(apply(state, removed(one), NOW))).toBe('two');
});

test('[P9] after a new connection it begins with the first that is not in the log, with its old stamp', () => {
  const state = outbox(...both, sent(one), shut);
  expect(next(state)).toBeUndefined();
  expect(nextFrame(apply(state, opened, NOW), NOW)?.frame).toBe(one);
  expect(next(apply(apply(state, removed(one), NOW), opened, NOW))).toBe('two');
});

test.each(['rate_limited', 'unavailable', 'internal'] as const)(
  '[P9] %s: the same one again, after the wait, and nothing before it',
  (code) => {
    const state = outbox(...both, sent(one), nack(one, code, 3));
    expect(next(state, NOW + 2_999)).toBeUndefined();
    expect(next(state, NOW + 3_000)).toBe('one');
    expect(dueAt(state, NOW)).toBe(NOW + 3_000);
    expect(dueAt(outbox(...both, sent(one), nack(one, code)), NOW)).toBe(NOW + RETRY_AFTER_MS);
  },
);

test('[P9] stale: everything waits until the log has been searched and the new stamp is on the disk', () => {
  const state = outbox(...both, sent(one), nack(one, 'stale'));
  expect(next(state)).toBeUndefined();
  const stamped = apply(state, { type: 'stamped', globalId: 'one', after: 90 }, NOW);
  expect(next(stamped)).toBeUndefined();
  expect(next(apply(stamped, { type: 'stored', frame: stamped.entries[0]!.frame, volatile: false }, NOW))).toBe('one');
  expect(next(apply(state, removed(one), NOW))).toBe('two');
});

test.each(['bad_request', 'forbidden', 'conflict', 'too_large', 'gone'] as const)(
  '[P9] %s: kept with its text, and the next one goes',
  (code) => {
    const state = outbox(...both, sent(one), nack(one, code));
    expect(state.entries[0]).toMatchObject({ frame: one, refusal: { code, detail: 'because' } });
    expect(next(state)).toBe('two');
  },
);

test('a refused one that is tried again takes its old place', () => {
  const state = outbox(...both, sent(one), nack(one, 'forbidden'), { type: 'retried', globalId: 'one' });
  expect(state.entries[0]).not.toHaveProperty('refusal');
  expect(next(state)).toBe('one');
});

test('a refusal of something that is not under way is old news', () => {
  const state = outbox(...both, sent(one));
  expect(apply(state, nack(two, 'forbidden'), NOW)).toBe(state);
});

test('[P9] what was typed while the disk was being read comes after what was on it', () => {
  const state = outbox({ type: 'added', frame: two }, { type: 'restored', frames: [{ seq: 8, frame: one, created_at: 1 }] });
  expect(queued(state)).toEqual(['one', 'two']);
  expect(state.entries.map(({ seq, stored }) => [seq, stored])).toEqual([
    [8, true],
    [9, false],
  ]);
});

test('an answer is overdue after a while on a link that lives', () => {
  const state = outbox(...both, sent(one));
  expect(dueAt(state, NOW)).toBe(NOW + ANSWER_TIMEOUT_MS);
  expect([isOverdue(state, NOW + ANSWER_TIMEOUT_MS - 1), isOverdue(state, NOW + ANSWER_TIMEOUT_MS)]).toEqual([false, true]);
  expect(isOverdue(apply(state, shut, NOW), NOW + ANSWER_TIMEOUT_MS)).toBe(false);
});

test('[P9] the socket waits for a message that is in the log already: it is of no more use', () => {
  const told = outbox(...both, sent(one), nack(one, 'rate_limited'));
  expect(isStuck(told)).toBe(false);
  expect(isStuck(apply(told, removed(one), NOW))).toBe(true);
  expect(isStuck(apply(apply(told, removed(one), NOW), shut, NOW))).toBe(false);
  expect(isStuck(outbox(...both, sent(one), nack(one, 'rate_limited'), sent(one), removed(one)))).toBe(false);
});

test('a change that has to wait holds nothing back', () => {
  const react: LogFrame = { op: 'react', global_id: 'react', target: 1, emoji: '👍', on: true, after_message_id: 0 };
  expect(isStuck(outbox(...added(react), ...added(one), opened, sent(react), nack(react, 'rate_limited'), removed(react)))).toBe(false);
});

test('nothing is due while there is no connection or nothing to wait for', () => {
  expect(dueAt(outbox(...added(one)), NOW)).toBeNull();
  expect(dueAt(outbox(...both), NOW)).toBeNull();
});
