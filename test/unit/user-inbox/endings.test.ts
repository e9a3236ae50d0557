/** A session ends in every conversation of its user, whatever fails, dies or moves meanwhile. */
import { beforeEach, describe, expect, it } from 'vitest';
import { backoffMs } from '../../../durable/kit/alarms.ts';
import { Database } from '../../../durable/kit/database.ts';
import { Endings } from '../../../durable/user-inbox/endings.ts';
import type { InboxRecord } from '../../../durable/user-inbox/schema.ts';
import { InboxStore } from '../../../durable/user-inbox/store.ts';
import { SqliteStorage } from '../../support/sqlite-storage.ts';

const row = (n: number, activity: number): InboxRecord => ({
  conversation_id: `conversation-${n}`,
  kind: 'group',
  role: 'member',
  title: null,
  avatar_url: null,
  members: '[]',
  last_message_id: 1,
  last_message: null,
  countable_total: 0,
  read_message_id: 0,
  read_total: 0,
  mentioned_in: '[]',
  muted_until: null,
  pinned: 0,
  archived: 0,
  marked_unread: 0,
  updated_at: 0,
  activity,
  version: activity,
});

let storage: SqliteStorage;
let store: InboxStore;
let endings: Endings;
let now: number;
let armed: (number | null)[];
let closed: string[];
let meanwhile: (conversationId: string) => Promise<void>;

/** A new process over what is stored. */
function wake(): void {
  store = new InboxStore(new Database(storage.handle()));
  armed = [];
  endings = new Endings({
    store,
    closeSockets: async (conversationId, sessionId) => {
      await meanwhile(conversationId);
      closed.push(`${sessionId} ${conversationId}`);
    },
    arm: (at) => armed.push(at),
    now: () => now,
    onError: () => undefined,
  });
}

beforeEach(() => {
  storage = new SqliteStorage();
  now = 1_000_000;
  closed = [];
  meanwhile = () => Promise.resolve();
  wake();
});

const fill = (count: number): void => {
  for (let n = 1; n <= count; n++) store.putConversation(row(n, n));
};

async function toTheEnd(): Promise<void> {
  for (let at = endings.nextAt(); at !== null; at = endings.nextAt()) {
    now = Math.max(now, at);
    await endings.go();
  }
}

const all = (count: number): string[] => Array.from({ length: count }, (_, index) => `s conversation-${index + 1}`).toSorted();

describe('the end of a session', () => {
  it('reaches every conversation once, fifty at a time, newest first', async () => {
    fill(120);
    await endings.end('s');
    expect(closed).toHaveLength(50);
    expect(closed).toContain('s conversation-120');
    expect(endings.nextAt()).toBe(now);
    expect(armed.at(-1)).toBe(now);
    await toTheEnd();
    expect(closed.toSorted()).toEqual(all(120));
    expect(store.endings()).toEqual([]);
  });

  it('reaches a conversation that moved to the top while the walk was on its way', async () => {
    fill(120);
    let version = 120;
    meanwhile = (conversationId) => {
      // The oldest ones are written in while the newest are told.
      if (conversationId === 'conversation-100') for (const n of [1, 2]) store.putConversation(row(n, ++version));
      return Promise.resolve();
    };
    await endings.end('s');
    await toTheEnd();
    expect([...new Set(closed)].toSorted()).toEqual(all(120));
    expect(store.endings()).toEqual([]);
  });

  it('goes on after a crash where it stood', async () => {
    fill(120);
    await endings.end('s');
    storage.commit();
    storage.crash();
    wake();
    await toTheEnd();
    expect(closed.toSorted()).toEqual(all(120));
  });

  it('tries again later what failed, and waits longer each time', async () => {
    fill(3);
    meanwhile = (conversationId) => (conversationId === 'conversation-2' ? Promise.reject(new Error('down')) : Promise.resolve());
    await endings.end('s');
    expect(store.endings()).toMatchObject([{ session_id: 's', failures: 1, retry_at: now + backoffMs(1) }]);
    now += backoffMs(1) - 1;
    await endings.go();
    expect(closed).toHaveLength(2);
    now += 1;
    await endings.go();
    expect(store.endings()).toMatchObject([{ failures: 2, retry_at: now + backoffMs(2) }]);
    meanwhile = () => Promise.resolve();
    await toTheEnd();
    expect([...new Set(closed)].toSorted()).toEqual(all(3));
  });

  it('takes the tickets of the session with it, and of no other', async () => {
    const ticket = (session_id: string) => ({ session_id, session_expires_at: now + 1, expires_at: now + 30_000 });
    store.putTicket('one', ticket('s'), now);
    store.putTicket('other', ticket('t'), now);
    await endings.end('s');
    expect(store.takeTicket('one')).toBeUndefined();
    expect(store.takeTicket('other')).toEqual(ticket('t'));
    expect(store.takeTicket('other')).toBeUndefined();
  });
});
