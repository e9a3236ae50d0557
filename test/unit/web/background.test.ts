import type { InboxView } from '@natter/client';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ConversationRow } from '../../../protocol/conversations.ts';
import { tellInBackground } from '../../../web/src/session/background.ts';
import { createValue } from '../../../web/src/session/value.ts';
import { ANN, BOB, MONDAY_NOON, row } from './builders.ts';

const from = (sender_id: string, message_id: number) => ({ message_id, sender_id, type: 'text', content: 'a secret', timestamp: 0 });
const unread = (id: string, messageId: number, more: Partial<ConversationRow> = {}) =>
  row(id, { unread_count: 1, last_message: from(BOB, messageId), ...more });
const list = (conversations: ConversationRow[], more: Partial<InboxView> = {}): InboxView => ({
  conversations,
  requests: [],
  unread: { messages: 0, mentions: 0, conversations: 0 },
  loading: false,
  catchingUp: false,
  ...more,
});

let view: ReturnType<typeof createValue<InboxView>>;
let isHidden: boolean;
let told: unknown[];
beforeEach(() => {
  view = createValue(list([], { loading: true }));
  isHidden = true;
  told = [];
  tellInBackground({
    inbox: { view },
    people: { find: async (id) => (id === BOB ? { user_id: BOB, username: 'bob', name: 'Bob Stone', avatar_url: null } : undefined) },
    notifications: { tell: async (message) => void told.push(message), closeRead: async () => {} },
    ownId: ANN,
    isHidden: () => isHidden,
    now: () => MONDAY_NOON,
  });
});
async function shows(conversations: ConversationRow[], more: Partial<InboxView> = {}): Promise<unknown[]> {
  told.length = 0;
  view.set(list(conversations, more));
  await new Promise(setImmediate);
  return told;
}

describe('a tab in the background', () => {
  test('[P6] tells of a new message in the words of a push, and not what it says', async () => {
    expect(await shows([row('hikers')])).toEqual([]);
    expect(await shows([unread('hikers', 6, { title: 'Hikers' })])).toEqual([
      { conversation_id: 'hikers', message_id: 6, title: 'Bob Stone in Hikers', body: 'You have a new message', badge: null },
    ]);
  });

  test('tells of a direct conversation, also one that is new, by who wrote', async () => {
    await shows([]);
    const direct = unread('direct', 1, { kind: 'direct', title: null });
    expect(await shows([direct])).toMatchObject([{ title: 'Bob Stone', message_id: 1 }]);
    const stranger = unread('other', 1, { kind: 'direct', title: null, last_message: from('cleo', 1) });
    expect(await shows([direct, stranger])).toMatchObject([{ title: 'New message' }]);
  });

  test('tells nothing of what was there before, nor the same twice', async () => {
    expect(await shows([unread('a', 6)])).toEqual([]);
    expect(await shows([unread('a', 6, { pinned: true })])).toEqual([]);
  });

  test('tells what came while the connection was gone', async () => {
    await shows([unread('a', 6)]);
    expect(await shows([unread('a', 6)], { catchingUp: true })).toEqual([]);
    expect(await shows([unread('a', 7)])).toMatchObject([{ message_id: 7 }]);
  });

  test.each([
    ['is muted', { muted_until: MONDAY_NOON + 1 }],
    ['is our own', { last_message: from(ANN, 6) }],
    ['has been read', { unread_count: 0 }],
  ])('tells nothing that %s', async (_, more) => {
    await shows([row('a')]);
    expect(await shows([unread('a', 6, more)])).toEqual([]);
  });

  test('tells nothing while it is looked at, nor later what was seen then', async () => {
    await shows([row('a')]);
    isHidden = false;
    expect(await shows([unread('a', 6)])).toEqual([]);
    isHidden = true;
    expect(await shows([unread('a', 6, { pinned: true })])).toEqual([]);
  });
});
