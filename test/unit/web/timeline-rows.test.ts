import { describe, expect, test } from 'vitest';
import { createCalendar } from '../../../web/src/lib/calendar.ts';
import { GROUP_GAP_MS, prepended, toRows, type Row } from '../../../web/src/lib/timeline-rows.ts';
import { ANN, BOB, inLog, local, message, MONDAY_NOON } from './builders.ts';

const options = { ownId: ANN, calendar: createCalendar('en-GB', 'UTC'), readUpTo: null };
const shape = (rows: readonly Row[]) =>
  rows.map((row) =>
    [row.startsDay && 'day', row.startsUnread && 'unread', row.startsGroup && 'first', row.endsGroup && 'last'].filter(Boolean).join(' '),
  );

describe('rows of a timeline', () => {
  test('messages of one sender within five minutes are one group', () => {
    const rows = toRows(
      [
        inLog(message(1)),
        inLog(message(2)),
        inLog(message(3, { sender_id: BOB })),
        inLog(message(4, { sender_id: BOB, timestamp: MONDAY_NOON + 3_000 + GROUP_GAP_MS })),
      ],
      options,
    );
    expect(shape(rows)).toEqual(['day first', 'last', 'first last', 'first last']);
  });

  test('a new day starts a new group', () => {
    const rows = toRows(
      [inLog(message(1, { timestamp: Date.UTC(2026, 10, 23, 23, 59) })), inLog(message(2, { timestamp: Date.UTC(2026, 10, 24) }))],
      options,
    );
    expect(shape(rows)).toEqual(['day first last', 'day first last']);
  });

  test('a notice stands alone between two groups', () => {
    const joined = message(2, { type: 'membership', content: '', membership: { action: 'added', user_id: BOB } });
    const rows = toRows([inLog(message(1)), inLog(joined), inLog(message(3))], options);
    expect(rows.map((row) => row.kind)).toEqual(['message', 'notice', 'message']);
    expect(shape(rows)).toEqual(['day first last', 'first last', 'first last']);
  });

  test('the line above what is new stands before the first unread message of somebody else', () => {
    const rows = toRows(
      [
        inLog(message(1, { sender_id: BOB })),
        inLog(message(2)),
        inLog(message(3, { sender_id: BOB })),
        inLog(message(4, { sender_id: BOB })),
      ],
      {
        ...options,
        readUpTo: 1,
      },
    );
    expect(shape(rows)).toEqual(['day first last', 'first last', 'unread first', 'last']);
  });

  test('local entries continue the group of their author', () => {
    const rows = toRows([inLog(message(1, { sender_id: BOB })), inLog(message(2)), local('waiting')], options);
    expect(shape(rows)).toEqual(['day first last', 'first', 'last']);
  });

  test('[P9] a local entry and the message it becomes are one row', () => {
    const before = toRows([local('the-same')], options);
    const after = toRows([inLog(message(1, { global_id: 'the-same' }))], options);
    expect(after.map((row) => row.key)).toEqual(before.map((row) => row.key));
  });

  test('a row where nothing changed is the same object, and only that one', () => {
    const one = inLog(message(1));
    const two = inLog(message(2));
    const previous = toRows([one, two], options);
    const next = toRows([one, two, inLog(message(3, { sender_id: BOB }))], { ...options, previous });
    expect(next[0]).toBe(previous[0]);
    expect(next[1]).toBe(previous[1]);
    const edited = toRows([one, inLog(message(2, { content: 'other' }))], { ...options, previous });
    expect(edited[0]).toBe(previous[0]);
    expect(edited[1]).not.toBe(previous[1]);
  });

  test('what was put in front is counted, what was put behind is not', () => {
    const later = toRows([inLog(message(3)), inLog(message(4))], options);
    const all = toRows(
      [1, 2, 3, 4].map((id) => inLog(message(id))),
      options,
    );
    const more = toRows(
      [3, 4, 5].map((id) => inLog(message(id))),
      options,
    );
    const other = toRows([inLog(message(9))], options);
    expect([prepended(later, all), prepended(later, more), prepended(later, later), prepended(later, other), prepended([], all)]).toEqual([
      2, 0, 0, 0, 0,
    ]);
  });
});
