import { describe, expect, test } from 'vitest';
import type { ConversationRow } from '../../../protocol/conversations.ts';
import { once, unreadOf, withLatest } from '../../../web/src/lib/inbox-rows.ts';
import { ANN } from './builders.ts';

const last = (id: number) => ({ message_id: id, sender_id: ANN, type: 'text', content: `text ${id}`, timestamp: id * 100 });
const row = (id: string, at: number, more: Partial<ConversationRow> = {}): ConversationRow => ({
  conversation_id: id,
  kind: 'group',
  role: 'member',
  title: id,
  avatar_url: null,
  last_message_id: at,
  last_message: last(at),
  read_message_id: 0,
  unread_count: 2,
  mention_count: 1,
  marked_unread: false,
  muted_until: null,
  pinned: false,
  archived: false,
  updated_at: at * 100,
  ...more,
});

describe('the list of conversations', () => {
  test('an open conversation is ahead of what the server answered, and moves up', () => {
    const rows = withLatest([row('b', 9), row('a', 5)], new Map([['a', { last_message: last(12), read_message_id: 12 }]]));
    expect(
      rows.map(({ conversation_id, last_message, unread_count, mention_count }) => [
        conversation_id,
        last_message?.message_id,
        unread_count,
        mention_count,
      ]),
    ).toEqual([
      ['a', 12, 0, 0],
      ['b', 9, 2, 1],
    ]);
  });

  test('what was closed long ago does not hide what came since', () => {
    const answered = row('a', 9);
    expect(withLatest([answered], new Map([['a', { last_message: last(5), read_message_id: 5 }]]))).toEqual([answered]);
  });

  test('pinned ones stay above', () => {
    const rows = withLatest([row('a', 9), row('b', 5, { pinned: true })], new Map());
    expect(rows.map((one) => one.conversation_id)).toEqual(['b', 'a']);
  });

  test('muted ones are not in the number', () => {
    expect(unreadOf([row('a', 1), row('b', 2, { muted_until: 1_000 }), row('c', 3, { muted_until: 10 })], 500)).toBe(4);
  });

  test('one that moved between two pages is shown once', () => {
    expect(once([row('a', 1), row('b', 2), row('a', 1)]).map((one) => one.conversation_id)).toEqual(['a', 'b']);
  });
});
