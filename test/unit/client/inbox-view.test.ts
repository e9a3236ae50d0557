/** The inbox as programs see it: order, totals, what this device knows better, and stable references. */
import { expect, test } from 'vitest';
import { apply, EMPTY, type State } from '../../../client/src/inbox-state.ts';
import { createInboxView, known, type Digest } from '../../../client/src/inbox-view.ts';
import { compared, granted, listed, wished, withdrawn, type Wish } from '../../../client/src/wishes.ts';
import type { ConversationRow } from '../../../protocol/conversations.ts';
import { row } from './builders.ts';

const NOW = 1_000_000;
const of = (...changed: ConversationRow[]): State =>
  apply(EMPTY, { type: 'page', page: { cursor: '9', changed, removed: [], has_more: false } }).state;
const viewOf = (state: State) => createInboxView()(state, new Map(), [], NOW);

test('pinned first, then the newest activity, then the id', () => {
  const state = of(
    row('d', 1),
    row('b', 5),
    row('a', 5),
    row('c', 2, { pinned: true }),
    row('e', 1, { pinned: true }),
    row('f', 9, { archived: true }),
  );
  expect(viewOf(state).conversations.map(({ conversation_id }) => conversation_id)).toEqual(['c', 'e', 'f', 'a', 'b', 'd']);
});

test('totals leave out what is muted or archived; one marked unread by hand counts as a conversation', () => {
  const state = of(
    row('a', 3, { mention_count: 1 }),
    row('b', 4, { muted_until: NOW + 1 }),
    row('c', 5, { archived: true }),
    row('d', 6, { muted_until: NOW }),
    row('e', 7, { unread_count: 0, marked_unread: true }),
    row('f', 8, { unread_count: 0 }),
  );
  expect(viewOf(state).unread).toEqual({ messages: 9, mentions: 1, conversations: 3 });
});

test('a row that did not change keeps its reference, whatever happens to others', () => {
  const view = createInboxView();
  const state = of(row('a', 3), row('b', 4));
  const before = view(state, new Map(), [], NOW);
  const next = view(apply(state, { type: 'row', row: row('b', 5), cursor: '10' }).state, new Map(), [], NOW);
  expect(next.conversations[1]).toBe(before.conversations[1]);
  expect(next.conversations[0]).not.toBe(before.conversations[0]);
});

const digest: Digest = { last_message_id: 7, read_message_id: 6, unread_count: 1, mention_count: 0, updated_at: 9_000 };
test.each<[title: string, read: number, digest: Digest | undefined, expected: Partial<ConversationRow>]>([
  ['the row alone', 0, undefined, { last_message_id: 5, read_message_id: 0, unread_count: 5 }],
  ['read to the end here', 5, undefined, { read_message_id: 5, unread_count: 0 }],
  ['read in part here: only the server can count', 3, undefined, { read_message_id: 3, unread_count: 5 }],
  ['the log is further on here', 0, digest, { last_message_id: 7, read_message_id: 6, unread_count: 1, updated_at: 9_000 }],
  ['the log here lags behind', 0, { ...digest, last_message_id: 4, read_message_id: 0 }, { last_message_id: 5, unread_count: 5 }],
  ['the log here lags behind, but has been read', 0, { ...digest, last_message_id: 4, read_message_id: 4 }, { read_message_id: 4 }],
  ['another device has read more', 5, { ...digest, read_message_id: 3, unread_count: 4 }, { last_message_id: 5, unread_count: 0 }],
])('%s', (_title, read, here, expected) => {
  expect(known({ row: row('a', 5), read, at: 9 }, here)).toMatchObject(expected);
});

const wish = (more: Partial<Wish> = {}): Wish => ({
  id: 1,
  conversationId: 'a',
  patch: { pinned: true },
  answered: false,
  seen: false,
  ...more,
});

test.each<[title: string, wishes: readonly Wish[], left: number]>([
  ['not answered', compared([wish()], row('a', 1, { pinned: true })), 1],
  ['answered, and its row not here yet', granted([wish()], 1), 1],
  ['answered after its row came', granted(compared([wish()], row('a', 1, { pinned: true })), 1), 0],
  ['its row came after the answer', compared(granted([wish()], 1), row('a', 1, { pinned: true })), 0],
  ['another row came after the answer', compared(granted([wish()], 1), row('a', 2)), 1],
  ['a whole list came after the answer', listed(granted([wish()], 1)), 0],
  ['a whole list came before the answer', listed([wish()]), 1],
  ['refused', withdrawn([wish()], 1), 0],
  ['a draft that is gone agrees with none', granted(compared([wish({ patch: { draft: '' } })], row('a')), 1), 0],
])('a wish: %s', (_title, wishes, left) => {
  expect(wishes.length).toBe(left);
});

test('of two wishes the later one shows', () => {
  expect(wished(row('a'), [wish(), wish({ id: 2, patch: { pinned: false, archived: true } })])).toMatchObject({
    pinned: false,
    archived: true,
  });
});
