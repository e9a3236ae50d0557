/** What a list shows of a conversation, found on waking, however much stands behind it. */
import { describe, expect, it } from 'vitest';
import { createConversation } from '../../../durable/conversation/assembly.ts';
import { ConversationStore } from '../../../durable/conversation/store.ts';
import { Database } from '../../../durable/kit/database.ts';
import { SqliteStorage } from '../../support/sqlite-storage.ts';
import { CONVERSATION, user } from './stage.ts';

/** A log of these types, in order. */
function logOf(types: readonly ('text' | 'reaction')[]): { store: ConversationStore; db: Database } {
  const storage = new SqliteStorage();
  const db = new Database(storage.handle());
  const store = new ConversationStore(db);
  createConversation(
    store,
    { conversation_id: CONVERSATION, kind: 'group', title: null, creator_id: user(1), member_ids: [user(2)] },
    1_800_000_000_000,
  );
  let total = 0;
  const insert = storage.db.prepare(
    'INSERT INTO messages (message_id, global_id, sender_id, type, timestamp, countable_total, content) VALUES (?, ?, ?, ?, 0, ?, ?)',
  );
  for (const [index, type] of types.entries()) {
    if (type === 'text') total += 1;
    insert.run(index + 1, `g${index}`, user(1), type, total, `n${index + 1}`);
  }
  return { store, db };
}

const repeat = (type: 'text' | 'reaction', times: number) => Array.from({ length: times }, () => type);

describe('the last message', () => {
  it.each([
    ['of an empty log is none', [], undefined],
    ['of changes alone is none', repeat('reaction', 5), undefined],
    ['is the head itself', repeat('text', 5), 5],
    ['stands before the changes', [...repeat('text', 3), ...repeat('reaction', 4)], 3],
    ['is the first entry and nothing else', [...repeat('text', 1), ...repeat('reaction', 7)], 1],
    ['stands behind older changes', [...repeat('reaction', 4), ...repeat('text', 1), ...repeat('reaction', 2)], 5],
  ] as const)('%s', (_title, types, expected) => {
    expect(logOf(types).store.lastMessage()?.message_id).toBe(expected);
  });

  it('is found at every place of a log', () => {
    for (let at = 1; at <= 40; at++) {
      const { store } = logOf([...repeat('reaction', at - 1), 'text', ...repeat('reaction', 40 - at)]);
      expect(store.lastMessage()?.message_id).toBe(at);
    }
  });

  it('[budget] behind ten thousand reactions is found by a few dozen rows', () => {
    const { store, db } = logOf([...repeat('text', 10), ...repeat('reaction', 10_000)]);
    const before = db.usage.rowsRead;
    expect(store.lastMessage()?.message_id).toBe(10);
    expect(db.usage.rowsRead - before).toBeLessThan(40);
  });
});
