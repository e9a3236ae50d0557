/** [P7] How the inbox's rows move: never back, and as a whole only when the whole is here. */
import { expect, test } from 'vitest';
import { apply, EMPTY, type Event, type Page, type State } from '../../../client/src/inbox-state.ts';
import type { ConversationRow } from '../../../protocol/conversations.ts';
import { row } from './builders.ts';

const after = (...events: Event[]): State => events.reduce((state, event) => apply(state, event).state, EMPTY);
const page = (cursor: string, changed: ConversationRow[], more: Partial<Page> = {}): Event => ({
  type: 'page',
  page: { cursor, changed, removed: [], has_more: false, ...more },
});
const live = (next: ConversationRow, cursor?: string): Event => ({ type: 'row', row: next, cursor });
/** The connection ends, and another begins. */
const again: Event[] = [{ type: 'shut' }, { type: 'asked' }];
const seen = ({ rows, cursor }: State) => ({
  cursor,
  rows: [...rows.values()].map((kept) => [kept.row.conversation_id, kept.row.last_message_id]),
});

test('only the last page of a list gives its cursor, and the first list is shown as it comes', () => {
  const half = after(page('9-0-4', [row('a', 5)], { has_more: true }));
  expect([seen(half), half.ready, half.greeted]).toEqual([{ cursor: '', rows: [['a', 5]] }, false, false]);
  const whole = apply(half, page('9', [row('b', 3)]));
  expect([seen(whole.state), whole.state.greeted]).toEqual([
    {
      cursor: '9',
      rows: [
        ['a', 5],
        ['b', 3],
      ],
    },
    true,
  ]);
  expect(whole.put.map((kept) => kept.row.conversation_id)).toEqual(['a', 'b']);
});

test('[P7] what comes live between two pages holds, whatever the pages named before or name later', () => {
  const state = after(
    ...[page('9', [row('a', 5), row('b', 3), row('c', 2), row('d', 1)]), ...again],
    page('20-9-15', [row('a', 6), row('b', 4), row('e', 1)], { has_more: true }),
    ...[live(row('a', 7), '21'), live(row('new', 1), '22'), live(row('d', 4))],
    ...(['b', 'e'] as const).map((id): Event => ({ type: 'removed', id, cursor: '23' })),
    page('20', [row('d', 2)], { removed: ['c'] }),
  );
  expect(seen(state)).toEqual({
    cursor: '20',
    rows: [
      ['a', 7],
      ['d', 4],
      ['new', 1],
    ],
  });
});

test('what comes live while an inbox that was restored is listed is part of it', () => {
  const before: Event[] = [page('90', [row('a', 5), row('b', 3), row('c', 3)]), ...again];
  const during: Event[] = [
    page('9-0-4', [row('a', 2), row('c', 1)], { has_more: true }),
    live(row('b', 9), '10'),
    live(row('new', 1), '11'),
  ];
  const state = after(...before, ...during, { type: 'removed', id: 'c', cursor: '12' }, page('9', [row('d', 1)]));
  expect(new Map(seen(state).rows as [string, number][])).toEqual(
    new Map([
      ['a', 2],
      ['b', 9],
      ['new', 1],
      ['d', 1],
    ]),
  );
});

test('what a server that starts over does not name is gone', () => {
  const state = after(page('9', [row('a', 5), row('b', 3)]), ...again, page('20', [row('b', 4)], { fresh: true }));
  expect(seen(state)).toEqual({ cursor: '20', rows: [['b', 4]] });
});

test.each<[title: string, event: Event, expected: unknown]>([
  [
    'what moved comes in',
    live(row('a', 6), '10'),
    {
      cursor: '10',
      rows: [
        ['a', 6],
        ['b', 3],
      ],
    },
  ],
  [
    'an older cursor is not heard',
    live(row('a', 4), '8'),
    {
      cursor: '9',
      rows: [
        ['a', 5],
        ['b', 3],
      ],
    },
  ],
  [
    'without a cursor, what is further on is shown',
    live(row('a', 7)),
    {
      cursor: '9',
      rows: [
        ['a', 7],
        ['b', 3],
      ],
    },
  ],
  [
    'without a cursor, what is not is late',
    live(row('a', 5, { pinned: true })),
    {
      cursor: '9',
      rows: [
        ['a', 5],
        ['b', 3],
      ],
    },
  ],
  ['removed', { type: 'removed', id: 'a', cursor: '10' }, { cursor: '10', rows: [['b', 3]] }],
  [
    'removed before it came again',
    { type: 'removed', id: 'a', cursor: '8' },
    {
      cursor: '9',
      rows: [
        ['a', 5],
        ['b', 3],
      ],
    },
  ],
])('[P7] %s', (_title, event, expected) => {
  expect(seen(after(page('9', [row('a', 5), row('b', 3)]), event))).toEqual(expected);
});

test('a setting that is stored before the newest entry is: the log stays where it is, the setting is taken', () => {
  const state = after(page('9', [row('a', 5)]), live(row('a', 7)), live(row('a', 5, { pinned: true }), '10'));
  expect(state.rows.get('a')?.row).toMatchObject({ last_message_id: 7, unread_count: 7, pinned: true, last_message: { message_id: 7 } });
});

test('[P7] a setting with an older cursor is not heard', () => {
  const state = after(page('9', [row('a', 5)]), live(row('a', 5, { pinned: true }), '8'));
  expect(state.rows.get('a')?.row.pinned).toBe(false);
});

test('the read marker only rises, and with it falls what is unread', () => {
  const state = after(
    page('9', [row('a', 5)]),
    live(row('a', 5, { read_message_id: 5, unread_count: 0 }), '10'),
    live(row('a', 6, { read_message_id: 0, unread_count: 6 }), '11'),
  );
  expect(state.rows.get('a')?.row).toMatchObject({ last_message_id: 6, read_message_id: 5, unread_count: 1 });
});

test('what comes live before the list has ended gives no cursor: what lies between is not known', () => {
  expect(after({ type: 'stored', cursor: '5', rows: [] }, live(row('a', 6), '10')).cursor).toBe('5');
});

test('[P7] a list from the beginning: what it does not name is gone', () => {
  const broken = after(page('9-0-4', [row('a', 5)], { has_more: true }), ...again);
  const { state, remove } = apply(broken, page('12', [row('b', 3)]));
  expect([seen(state), remove]).toEqual([{ cursor: '12', rows: [['b', 3]] }, ['a']]);
});

test('a restored inbox replaces everything, also backwards, once all of it is here', () => {
  const stored = after(page('9', [row('a', 5), row('b', 3)]), ...again);
  const half = apply(stored, page('4-0-2', [row('a', 2)], { has_more: true }));
  expect([seen(half.state), half.put, half.reset]).toEqual([seen(stored), [], false]);
  const whole = apply(half.state, page('4', [row('c', 1)]));
  expect([seen(whole.state), whole.reset]).toEqual([
    {
      cursor: '4',
      rows: [
        ['a', 2],
        ['c', 1],
      ],
    },
    true,
  ]);
});

test('[P9] a refused catch-up deletes nothing', () => {
  const stored = after(page('9', [row('a', 5), row('b', 3)]), ...again);
  expect(seen(after(page('9', [row('a', 5), row('b', 3)]), ...again, page('4-0-2', [], { has_more: true }), { type: 'shut' }))).toEqual(
    seen(stored),
  );
});

const fetchedPage = (cursor: string, changed: ConversationRow[]) => ({ cursor, changed, removed: [], has_more: false });
test.each<[title: string, event: Extract<Event, { type: 'fetched' }>, expected: unknown]>([
  [
    'what moved',
    { type: 'fetched', from: '9', refused: false, pages: [fetchedPage('11', [row('a', 6)])] },
    {
      cursor: '11',
      rows: [
        ['a', 6],
        ['b', 3],
      ],
    },
  ],
  [
    'asked before the socket went on: known already',
    { type: 'fetched', from: '5', refused: false, pages: [fetchedPage('8', [row('a', 4)])] },
    {
      cursor: '9',
      rows: [
        ['a', 5],
        ['b', 3],
      ],
    },
  ],
  [
    'the server does not know our cursor: its word is all there is',
    { type: 'fetched', from: '9', refused: true, pages: [fetchedPage('3', [row('a', 1)])] },
    { cursor: '3', rows: [['a', 1]] },
  ],
])('[P7] asked for by HTTP: %s', (_title, event, expected) => {
  expect(seen(after(page('9', [row('a', 5), row('b', 3)]), event))).toEqual(expected);
});

test('[P9] what was read here stays read until the server knows', () => {
  const state = after(page('9', [row('a', 5)]), { type: 'read', id: 'a', messageId: 5 }, { type: 'read', id: 'a', messageId: 2 });
  expect(state.rows.get('a')).toMatchObject({ read: 5, row: { read_message_id: 0 } });
  expect(apply(state, live(row('a', 6), '10')).put).toMatchObject([{ read: 5 }]);
});

test('[P7] a page that comes again after the last one changes nothing', () => {
  const pages = [page('9-0-4', [row('a', 5)], { has_more: true }), page('9', [row('b', 3)])];
  expect(seen(after(...pages, pages[1]!))).toEqual(seen(after(...pages)));
});

test('[P7] a hello that was on its way while HTTP went further is no restore', () => {
  const state = after(
    page('6', [row('a', 4)]),
    ...again,
    { type: 'fetched', from: '6', refused: false, pages: [fetchedPage('7', [row('a', 5)])] },
    page('6', []),
  );
  expect([seen(state), state.greeted]).toEqual([{ cursor: '7', rows: [['a', 5]] }, true]);
});
