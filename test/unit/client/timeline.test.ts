/** [P9] Every number once, in order, without holes; changes applied to their targets. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apply, EMPTY, hasHole, hasOlder, HELD_MAX, type Event, type State } from '../../../client/src/timeline.ts';
import type { Message } from '../../../protocol/message.ts';
import { deletion, edit, numbers, page, reaction, text, texts, timeline } from './builders.ts';

const newest = (from: number, messages: Message[]): Event => ({ type: 'newest', page: page(from, messages) });
const entries = (...list: Message[]): Event => ({ type: 'entries', entries: list });
const older = (before: number, from: number, messages: Message[]): Event => ({ type: 'older', before, page: page(from, messages) });
const first = newest(1, []);

test('[P9] nothing is taken in before a copy or the newest page is there', () => {
  expect(apply(EMPTY, entries(text(1)))).toEqual({ state: EMPTY, changed: [], added: [] });
});

test('[P9] the newest page covers what lies between its from_message_id and its newest message', () => {
  const state = timeline(newest(38, [text(40), text(43)]));
  expect(state).toMatchObject({ ready: true, first: 38, last: 43, head: 43 });
  expect(numbers(state)).toEqual([40, 43]);
  expect([hasOlder(state), hasHole(state)]).toEqual([true, false]);
});

test('[P9] the newest page of an empty conversation is the beginning of the log', () => {
  expect(timeline(first)).toMatchObject({ ready: true, first: 1, last: 0, head: 0 });
});

test('[P9] entries in order are shown at once', () => {
  const { state, changed, added } = apply(timeline(first), entries(text(1), text(2)));
  expect(numbers(state)).toEqual([1, 2]);
  expect([changed, added]).toEqual([texts(1, 2), texts(1, 2)]);
});

test('[P9] a repeated entry is there once', () => {
  const state = timeline(first, entries(text(1), text(2)));
  expect(apply(state, entries(text(2), text(1))).state).toEqual(state);
});

test('[P9] an entry beyond a hole is held back until the hole is filled', () => {
  const before = timeline(first, entries(text(1), text(4), text(3)));
  expect(numbers(before)).toEqual([1]);
  expect([hasHole(before), before.last, before.head]).toEqual([true, 1, 4]);
  const { state, added } = apply(before, entries(text(2)));
  expect(numbers(state)).toEqual([1, 2, 3, 4]);
  expect(added).toEqual(texts(2, 3, 4));
  expect([hasHole(state), state.held.size]).toEqual([false, 0]);
});

test('[P9] no more is held back than fits; the rest is known to exist and is fetched again', () => {
  const many = Array.from({ length: HELD_MAX + 5 }, (_, index) => text(index + 10));
  const state = timeline(first, entries(...many));
  expect([state.held.size, state.head]).toEqual([HELD_MAX, HELD_MAX + 14]);
});

test('[P9] a number that must exist is a hole', () => {
  expect(hasHole(timeline(first, { type: 'head', number: 3 }))).toBe(true);
  expect(timeline(first, { type: 'head', number: 3 }, { type: 'head', number: 2 }).head).toBe(3);
});

test('a change moves the cursor and is not listed', () => {
  const state = timeline(first, entries(text(1), edit(2, 1, 'better')));
  expect(numbers(state)).toEqual([1]);
  expect(state.last).toBe(2);
  expect(state.messages).toEqual([text(1, { content: 'better', changed_by: 2, edited_by: 2 })]);
});

test('a changed message is to be stored again, once', () => {
  const before = timeline(first, entries(text(1)));
  const { changed } = apply(before, entries(edit(2, 1, 'one'), edit(3, 1, 'two')));
  expect(changed).toEqual([text(1, { content: 'two', changed_by: 3, edited_by: 3 })]);
});

test('a change that the message shows already is only counted', () => {
  const state = timeline(newest(1, [text(1, { content: 'better', changed_by: 2, edited_by: 2 })]));
  const next = apply(state, entries(edit(2, 1, 'better')));
  expect(next.changed).toEqual([]);
  expect([next.state.messages, next.state.last]).toEqual([state.messages, 2]);
});

test('a change whose target is not loaded is only counted', () => {
  const next = apply(timeline(newest(10, texts(10, 11))), entries(edit(12, 3)));
  expect([numbers(next.state), next.state.last, next.changed]).toEqual([[10, 11], 12, []]);
});

test('a type from the future is counted and not shown', () => {
  const poll = text(1, { type: 'poll' as Message['type'] });
  const state = timeline(first, entries(poll, text(2)));
  expect([numbers(state), state.last]).toEqual([[2], 2]);
});

test('membership and titles are shown', () => {
  const joined = text(1, { type: 'membership', content: '', membership: { action: 'added', user_id: 'user-ben', role: 'member' } });
  const titled = text(2, { type: 'conversation', content: '', conversation: { title: 'Trip' } });
  expect(timeline(first, entries(joined, titled)).messages).toEqual([joined, titled]);
});

test('an older page goes before what is there, down to its from_message_id', () => {
  const state = timeline(newest(10, texts(10, 12)), { type: 'older_asked' }, older(10, 4, texts(5, 7)));
  expect([numbers(state), state.first, state.last]).toEqual([[5, 7, 10, 12], 4, 12]);
});

test('the last of the older pages reaches the beginning, whatever numbers are not shown', () => {
  const state = timeline(newest(10, texts(10)), { type: 'older_asked' }, older(10, 1, texts(3)));
  expect([state.first, hasOlder(state)]).toEqual([1, false]);
});

test('a change that overtakes the older page is applied to it', () => {
  const state = timeline(newest(10, texts(10)), { type: 'older_asked' }, entries(edit(11, 5, 'late')), older(10, 5, texts(5, 6)));
  expect(state.messages[0]).toEqual(text(5, { content: 'late', changed_by: 11, edited_by: 11 }));
});

test('an older page that no longer fits is dropped', () => {
  const dropped = timeline(
    newest(10, texts(10)),
    { type: 'older_asked' },
    { type: 'dropped' },
    newest(20, texts(20)),
    older(10, 5, texts(5)),
  );
  expect(numbers(dropped)).toEqual([20]);
  const failed = timeline(newest(10, texts(10)), { type: 'older_asked' }, { type: 'older_failed' });
  expect(failed.late).toBeNull();
});

test('a stored copy is shown as it was', () => {
  const state = timeline({ type: 'restored', cursor: { epoch: 'e', first: 3, last: 6 }, messages: texts(3, 5) });
  expect(state).toMatchObject({ ready: true, epoch: 'e', first: 3, last: 6, head: 6 });
  expect(numbers(apply(state, entries(text(7))).state)).toEqual([3, 5, 7]);
});

test('[P9] however entries arrive, in whatever pieces and order, the timeline is the log', () => {
  const log = Array.from({ length: 40 }, (_, index) => {
    const number = index + 1;
    if (number % 5 === 0) return edit(number, number - 3, `edit ${number}`);
    if (number % 7 === 0) return reaction(number, number - 1, '👍');
    return number % 11 === 0 ? deletion(number, number - 2) : text(number);
  });
  const inOrder = timeline(first, entries(...log));
  fc.assert(
    fc.property(
      fc.shuffledSubarray(log, { minLength: log.length }),
      fc.infiniteStream(fc.integer({ min: 1, max: 6 })),
      (shuffled, sizes) => {
        let state: State = timeline(first);
        for (let rest = shuffled; rest.length > 0;) {
          const size = sizes.next().value;
          state = apply(state, entries(...rest.slice(0, size))).state;
          rest = rest.slice(size);
          const shown = numbers(state);
          expect(shown).toEqual(numbers(inOrder).filter((number) => number <= state.last));
        }
        expect(state).toEqual(inOrder);
      },
    ),
  );
});
