/** What differs between an inbox, its notifications and the file: nothing when they are equal, a sentence for each fault. */
import { describe, expect, test } from 'vitest';
import type { InboxView } from '@natter/client';
import { inboxDifferences, notificationDifferences, type Awaited } from '../../../scripts/replay/inbox-verdict.ts';
import type { Notification } from '../../../scripts/replay/push-desk.ts';
import type { Said } from '../../../scripts/replay/reckoning.ts';

type Row = InboxView['conversations'][number];

const said: Said[] = [
  { sender_id: 'ann', mentions: [] },
  { sender_id: 'bob', mentions: ['ann'] },
  { sender_id: 'bob', mentions: [] },
];
const wanted = { conversationId: 'here', userId: 'ann', said };

const row = (changes: Partial<Row> = {}): Row => ({
  conversation_id: 'here',
  kind: 'group',
  role: 'member',
  title: 'day',
  avatar_url: null,
  last_message_id: 3,
  read_message_id: 1,
  unread_count: 2,
  mention_count: 1,
  marked_unread: false,
  muted_until: null,
  pinned: false,
  archived: false,
  updated_at: 1,
  ...changes,
});
const view = (conversations: Row[], unread: InboxView['unread']): InboxView => ({
  conversations,
  requests: [],
  unread,
  loading: false,
  catchingUp: false,
});

describe('an inbox', () => {
  const other = row({ conversation_id: 'there', unread_count: 4, mention_count: 0 });

  test('that is right', () => {
    expect(inboxDifferences(view([row(), other], { messages: 6, mentions: 1, conversations: 2 }), wanted)).toEqual([]);
  });

  test('that is read to the end has nothing unread', () => {
    const read = view([row({ unread_count: 0, mention_count: 0 })], { messages: 0, mentions: 0, conversations: 0 });
    expect(inboxDifferences(read, { ...wanted, readTo: 3 })).toEqual([]);
    expect(inboxDifferences(read, wanted)).toHaveLength(5);
  });

  test.each<[string, InboxView]>([
    ['lacks', view([other], { messages: 4, mentions: 0, conversations: 1 })],
    ['last message', view([row({ last_message_id: 2 })], { messages: 2, mentions: 1, conversations: 1 })],
    ['unread:', view([row({ unread_count: 3 })], { messages: 2, mentions: 1, conversations: 1 })],
    ['mentions:', view([row({ mention_count: 0 })], { messages: 2, mentions: 1, conversations: 1 })],
    ['unread of all', view([row()], { messages: 3, mentions: 1, conversations: 1 })],
    ['mentions of all', view([row()], { messages: 2, mentions: 0, conversations: 1 })],
    ['unread conversations', view([row()], { messages: 2, mentions: 1, conversations: 0 })],
  ])('differs: %s', (what, wrong) => {
    expect(inboxDifferences(wrong, wanted)).toEqual([expect.stringContaining(what)]);
  });
});

describe('[P6] notifications', () => {
  const awaited: Awaited = { ...wanted, groupTitle: 'day', nameOf: (id) => id.toUpperCase(), unreadElsewhere: 4, startedAt: 1_000 };
  const notification = (at: number, changes: Partial<Notification['payload']> = {}): Notification => {
    const payload = { conversation_id: 'here', message_id: 2, title: 'BOB in day', body: 'You have a new message', badge: 5, ...changes };
    return { at, payload, topic: null, ttl: 1, urgency: null, bytes: 100 };
  };

  test('that are right, no more than one in ten seconds', () => {
    expect(notificationDifferences([notification(1_500), notification(11_500, { message_id: 3, badge: 6 })], awaited)).toEqual([]);
  });

  test('none is right for one who has nothing unread, and wrong for one who has', () => {
    expect(notificationDifferences([], { ...awaited, userId: 'bob' })).toEqual([]);
    expect(notificationDifferences([], awaited)).toHaveLength(1);
  });

  test.each<[string, Notification[]]>([
    ['at most 1', [notification(1_500), notification(2_000, { message_id: 3, badge: 6 })]],
    ['was to say', [notification(1_500, { badge: 1 })]],
    ['was to say', [notification(1_500, { title: 'ANN in day' })]],
    ['was to say', [notification(1_500, { body: 'the text itself' })]],
    ['was to say', [notification(1_500, { conversation_id: 'there' })]],
    ['own message', [notification(1_500, { message_id: 1, title: 'ANN in day', badge: 4 })]],
  ])('differ: %s', (what, received) => {
    expect(notificationDifferences(received, awaited)).toEqual([expect.stringContaining(what)]);
  });
});
