/** What every conversation of a user must be told reaches each, whatever fails, dies or moves meanwhile. */
import { beforeEach, describe, expect, it } from 'vitest';
import { backoffMs } from '../../../durable/kit/alarms.ts';
import { Database } from '../../../durable/kit/database.ts';
import { InboxStore } from '../../../durable/user-inbox/store.ts';
import { LAST_ROUND_MS, Walks } from '../../../durable/user-inbox/walks.ts';
import { SqliteStorage } from '../../support/sqlite-storage.ts';
import { record } from './builders.ts';

const row = (n: number, activity: number) => record({ conversation_id: `conversation-${n}`, activity, version: activity });

let storage: SqliteStorage;
let store: InboxStore;
let walks: Walks;
let now: number;
let armed: (number | null)[];
let closed: string[];
let meanwhile: (conversationId: string) => Promise<void>;

/** A new process over what is stored. */
function wake(): void {
  store = new InboxStore(new Database(storage.handle()));
  armed = [];
  walks = new Walks({
    store,
    visit: async (task, conversationId) => {
      await meanwhile(conversationId);
      closed.push(`${task} ${conversationId}`);
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
  for (let at = walks.nextAt(); at !== null; at = walks.nextAt()) {
    now = Math.max(now, at);
    await walks.ring();
  }
}

const all = (count: number): string[] => Array.from({ length: count }, (_, index) => `s conversation-${index + 1}`).toSorted();

describe('a walk', () => {
  it('reaches every conversation once, fifty at a time, newest first', async () => {
    fill(120);
    await walks.begin('s');
    expect(closed).toHaveLength(50);
    expect(closed).toContain('s conversation-120');
    expect(walks.nextAt()).toBe(now);
    expect(armed.at(-1)).toBe(now);
    await toTheEnd();
    expect(closed.toSorted()).toEqual(all(120));
    expect(store.walks()).toEqual([]);
  });

  it('reaches a conversation that moved to the top while the walk was on its way', async () => {
    fill(120);
    let version = 120;
    meanwhile = (conversationId) => {
      // The oldest ones are written in while the newest are told.
      if (conversationId === 'conversation-100') for (const n of [1, 2]) store.putConversation(row(n, ++version));
      return Promise.resolve();
    };
    await walks.begin('s');
    await toTheEnd();
    expect([...new Set(closed)].toSorted()).toEqual(all(120));
    expect(store.walks()).toEqual([]);
  });

  it('goes on after a crash where it stood', async () => {
    fill(120);
    await walks.begin('s');
    storage.commit();
    storage.crash();
    wake();
    await toTheEnd();
    expect(closed.toSorted()).toEqual(all(120));
  });

  it('tries again later what failed, and waits longer each time', async () => {
    fill(3);
    meanwhile = (conversationId) => (conversationId === 'conversation-2' ? Promise.reject(new Error('down')) : Promise.resolve());
    await walks.begin('s');
    expect(closed.toSorted()).toEqual(all(3).filter((each) => each !== 's conversation-2'));
    expect(store.walks()).toMatchObject([{ task: 's', failures: 1, retry_at: now + backoffMs(1), missed: '["conversation-2"]' }]);
    now += backoffMs(1) - 1;
    await walks.ring();
    expect(store.walks()).toMatchObject([{ failures: 1 }]);
    now += 1;
    await walks.ring();
    expect(store.walks()).toMatchObject([{ failures: 2, retry_at: now + backoffMs(2) }]);
    expect(closed).toHaveLength(2);
    meanwhile = () => Promise.resolve();
    await toTheEnd();
    expect(closed.toSorted()).toEqual(all(3));
  });

  it('is not held up by one that fails: all others are done before it is tried again', async () => {
    fill(120);
    meanwhile = (conversationId) => (conversationId === 'conversation-119' ? Promise.reject(new Error('down')) : Promise.resolve());
    const begun = now;
    await walks.begin('s');
    for (let round = 0; round < 10; round++) await walks.ring();
    expect(now).toBe(begun);
    expect(closed.toSorted()).toEqual(all(120).filter((each) => each !== 's conversation-119'));
    storage.commit();
    storage.crash();
    wake();
    meanwhile = () => Promise.resolve();
    await toTheEnd();
    expect(closed).toHaveLength(120);
    expect(closed.at(-1)).toBe('s conversation-119');
    expect(store.walks()).toEqual([]);
  });

  it('waits when nothing answers, instead of running through everything', async () => {
    fill(600);
    let tried = 0;
    meanwhile = () => {
      tried += 1;
      return Promise.reject(new Error('down'));
    };
    await walks.begin('s');
    for (let round = 0; round < 10; round++) await walks.ring();
    expect(tried).toBe(400);
    meanwhile = () => Promise.resolve();
    await toTheEnd();
    expect([...new Set(closed)].toSorted()).toEqual(all(600));
    expect(store.walks()).toEqual([]);
  });

  it('begun again while it is on its way starts at the top', async () => {
    fill(60);
    await walks.begin('s');
    closed = [];
    await walks.begin('s');
    await toTheEnd();
    expect(closed.toSorted()).toEqual(all(60));
    expect(store.walks()).toEqual([]);
  });

  it('[P8] reaches a conversation that had not told of itself yet: when it does, or half a minute later', async () => {
    for (const isTold of [true, false]) {
      storage = new SqliteStorage();
      closed = [];
      wake();
      fill(2);
      await walks.begin('s');
      expect(closed).toHaveLength(2);
      expect(walks.nextAt()).toBe(now + LAST_ROUND_MS);
      store.putConversation(row(3, 3));
      if (isTold) walks.hurry();
      expect(walks.nextAt()).toBe(isTold ? now : now + LAST_ROUND_MS);
      if (isTold) expect(armed.at(-1)).toBe(now);
      await toTheEnd();
      expect(closed.toSorted()).toEqual(all(3));
      expect(store.walks()).toEqual([]);
    }
  });

  it('of an empty inbox is over after the last round', async () => {
    await walks.begin('s');
    await toTheEnd();
    expect(closed).toEqual([]);
    expect(store.walks()).toEqual([]);
  });
});
