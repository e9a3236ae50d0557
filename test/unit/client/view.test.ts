/** The timeline as programs see it: what is in it, and that it keeps its references. */
import { expect, test } from 'vitest';
import { NOBODY } from '../../../client/src/members.ts';
import { createSource } from '../../../client/src/observable.ts';
import { apply, EMPTY, type Event, type State } from '../../../client/src/outbox.ts';
import { createView, localEntry } from '../../../client/src/view.ts';
import { apply as applyToTimeline, EMPTY as NOTHING } from '../../../client/src/timeline.ts';
import { edit, page, send, text, texts, timeline } from './builders.ts';

const log = timeline({ type: 'newest', page: page(3, texts(3, 4)) });
const outbox = (...events: Event[]): State => events.reduce((state, event) => apply(state, event, 77), EMPTY);
const added = (globalId: string): Event => ({ type: 'added', frame: send(globalId) });

test('log entries first, then what waits, in sending order', () => {
  const queue = outbox(added('one'), added('two'), { type: 'opened' }, { type: 'sent', globalId: 'one' });
  expect(createView()(log, queue, NOBODY, [])).toEqual({
    entries: [
      { kind: 'message', message: text(3) },
      { kind: 'message', message: text(4) },
      { kind: 'local', entry: { global_id: 'one', content: 'text of one', type: 'text', created_at: 77, state: 'sending' } },
      { kind: 'local', entry: { global_id: 'two', content: 'text of two', type: 'text', created_at: 77, state: 'queued' } },
    ],
    hasOlder: true,
    catchingUp: false,
    lastMessageId: 4,
    members: [],
    receipts: [],
    typing: [],
    pending: 2,
  });
});

test('a refused entry shows its text and why, and no longer counts as pending', () => {
  const refusal = { code: 'forbidden', detail: 'no' } as const;
  const view = createView()(log, outbox(added('one'), { type: 'refused', globalId: 'one', refusal }), NOBODY, []);
  expect(view.entries.at(-1)).toMatchObject({ kind: 'local', entry: { content: 'text of one', state: 'refused', refusal } });
  expect(view.pending).toBe(0);
});

test('changes that wait are not listed', () => {
  const view = createView()(log, outbox({ type: 'added', frame: { op: 'delete', global_id: 'x', target: 3 } }), NOBODY, []);
  expect([view.entries.length, view.pending]).toEqual([2, 0]);
});

test('it says that it is still fetching: before the first page, and while there is a hole', () => {
  const catchingUp = (state: typeof log) => createView()(state, EMPTY, NOBODY, []).catchingUp;
  expect([catchingUp(NOTHING), catchingUp(log), catchingUp(applyToTimeline(log, { type: 'head', number: 9 }).state)]).toEqual([
    true,
    false,
    true,
  ]);
});

test('what did not change keeps its reference', () => {
  const view = createView();
  const queue = outbox(added('one'));
  const before = view(log, queue, NOBODY, []);
  expect(view(log, queue, NOBODY, []).entries).toBe(before.entries);
  const after = view(applyToTimeline(log, { type: 'entries', entries: [edit(5, 4)] }).state, queue, NOBODY, []);
  expect(after.entries[0]).toBe(before.entries[0]);
  expect(after.entries[1]).not.toBe(before.entries[1]);
  expect(after.entries[2]).toBe(before.entries[2]);
});

test('a local entry has what was given, and nothing else', () => {
  const frame = send('one', { reply_to: 3, mentions: ['user-ben'] });
  expect(localEntry({ seq: 1, frame, created_at: 5, stored: true }, true)).toEqual({
    global_id: 'one',
    content: 'text of one',
    type: 'text',
    reply_to: 3,
    mentions: ['user-ben'],
    created_at: 5,
    state: 'sending',
  });
});

test('an observable value is the same reference until it is outdated, and tells each subscriber', () => {
  let computed = 0;
  const source = createSource(() => ({ number: ++computed }));
  const heard: string[] = [];
  const listener = () => heard.push('same');
  const off = [source.subscribe(listener), source.subscribe(listener), source.subscribe(() => heard.push('other'))];
  expect(source.get()).toBe(source.get());
  source.outdate();
  expect([source.get().number, heard]).toEqual([2, ['same', 'same', 'other']]);
  off[0]!();
  source.outdate();
  expect(heard.slice(3)).toEqual(['same', 'other']);
});
