/** What every conversation of a user must be told reaches each, whatever fails, hangs, dies or moves meanwhile. */
import { beforeEach, describe, expect, it } from 'vitest';
import { backoffMs } from '../../../durable/kit/alarms.ts';
import { Database } from '../../../durable/kit/database.ts';
import { Tables } from '../../../durable/kit/migrate.ts';
import { MIGRATIONS } from '../../../durable/user-inbox/schema.ts';
import { InboxStore } from '../../../durable/user-inbox/store.ts';
import { LAST_ROUND_MS } from '../../../durable/user-inbox/sweeps/progress.ts';
import { SweepStore } from '../../../durable/user-inbox/sweeps/store.ts';
import { Sweeps } from '../../../durable/user-inbox/sweeps/sweeps.ts';
import { SqliteStorage } from '../../support/sqlite-storage.ts';
import { record } from './builders.ts';

const row = (n: number, activity: number) => record({ conversation_id: `conversation-${n}`, activity, version: activity });

let storage: SqliteStorage;
let inbox: InboxStore;
let store: SweepStore;
let sweeps: Sweeps;
let now: number;
let armed: (number | null)[];
let told: string[];
let reads: number;
let meanwhile: (conversationId: string, task: string) => Promise<void>;

/** A new process over what is stored. */
function wake(): void {
  const db = new Database(storage.handle());
  const tables = new Tables(db, MIGRATIONS);
  inbox = new InboxStore(db, tables);
  store = new SweepStore(db, tables);
  armed = [];
  reads = 0;
  const stopsBetween = store.stopsBetween.bind(store);
  store.stopsBetween = (...range) => {
    reads += 1;
    return stopsBetween(...range);
  };
  const ours = storage;
  sweeps = new Sweeps({
    store,
    urgentKinds: ['end '],
    visit: async (task, conversationId) => {
      await meanwhile(conversationId, task);
      // What a dead process began comes to nothing.
      if (ours === storage) told.push(`${task} ${conversationId}`);
    },
    arm: (at) => armed.push(at),
    now: () => now,
    onError: () => undefined,
  });
}

beforeEach(() => {
  storage = new SqliteStorage();
  now = 1_000_000;
  told = [];
  meanwhile = () => Promise.resolve();
  wake();
});

const fill = (count: number): void => {
  for (let n = 1; n <= count; n++) inbox.putConversation(row(n, n));
};
const left = () => store.all([]);
async function begin(task: string, first?: string[]): Promise<void> {
  void sweeps.begin(task, first);
  await sweeps.idle();
}

async function ring(): Promise<void> {
  sweeps.ring();
  await sweeps.idle();
}

async function toTheEnd(): Promise<void> {
  for (let at = sweeps.nextAt(); at !== null; at = sweeps.nextAt()) {
    now = Math.max(now, at);
    await ring();
  }
}

const all = (count: number, task = 's'): string[] =>
  Array.from({ length: count }, (_, index) => `${task} conversation-${index + 1}`).toSorted();

describe('a sweep', () => {
  it('reaches every conversation once, the newest first, and is over after the last round', async () => {
    fill(320);
    await begin('s');
    expect(told.slice(0, 2)).toEqual(['s conversation-320', 's conversation-319']);
    expect(told.toSorted()).toEqual(all(320));
    expect(sweeps.nextAt()).toBe(now + LAST_ROUND_MS);
    await toTheEnd();
    expect(told).toHaveLength(320);
    expect(left()).toEqual([]);
  });

  it('[budget] of 5,000 conversations reads their rows four times, not once a chunk', async () => {
    fill(5_000);
    await begin('s');
    expect(reads).toBe(4);
  });

  it('reaches a conversation that moved to the top while it was on its way', async () => {
    fill(220);
    let version = 220;
    meanwhile = (conversationId) => {
      // The oldest ones are written in while the newest are told.
      if (conversationId === 'conversation-200') for (const n of [1, 2]) inbox.putConversation(row(n, ++version));
      return Promise.resolve();
    };
    await begin('s');
    await toTheEnd();
    expect([...new Set(told)].toSorted()).toEqual(all(220));
    expect(left()).toEqual([]);
  });

  it('goes on after a crash where it stood', async () => {
    fill(220);
    meanwhile = (conversationId) => (conversationId === 'conversation-100' ? new Promise(() => undefined) : Promise.resolve());
    void sweeps.begin('s');
    for (let turn = 0; turn < 5_000; turn++) await Promise.resolve();
    storage.commit();
    const firstChunks = told.length;
    expect(armed.at(-1)).toBe(now + 10_000);
    storage.crash();
    meanwhile = () => Promise.resolve();
    wake();
    now += 10_000;
    await toTheEnd();
    expect([firstChunks >= 100, [...new Set(told)].toSorted()]).toEqual([true, all(220)]);
    expect(told.length).toBeLessThan(220 + 100 + 1);
  });

  it('tries again later what failed, and waits longer each time', async () => {
    fill(3);
    meanwhile = (conversationId) => (conversationId === 'conversation-2' ? Promise.reject(new Error('down')) : Promise.resolve());
    await begin('s');
    expect(told.toSorted()).toEqual(all(3).filter((each) => each !== 's conversation-2'));
    expect(left()).toMatchObject([{ task: 's', failures: 1, retry_at: now + backoffMs(1), missed: '["conversation-2"]' }]);
    now += backoffMs(1) - 1;
    await ring();
    expect(left()).toMatchObject([{ failures: 1 }]);
    now += 1;
    await ring();
    expect(left()).toMatchObject([{ failures: 2, retry_at: now + backoffMs(2) }]);
    meanwhile = () => Promise.resolve();
    await toTheEnd();
    expect(told.toSorted()).toEqual(all(3));
  });

  it('is not held up by one that fails: all others are done before it is tried again', async () => {
    fill(220);
    meanwhile = (conversationId) => (conversationId === 'conversation-219' ? Promise.reject(new Error('down')) : Promise.resolve());
    await begin('s');
    expect(told.toSorted()).toEqual(all(220).filter((each) => each !== 's conversation-219'));
    storage.commit();
    storage.crash();
    wake();
    meanwhile = () => Promise.resolve();
    await toTheEnd();
    expect(told).toHaveLength(220);
    expect(told.at(-1)).toBe('s conversation-219');
    expect(left()).toEqual([]);
  });

  it('waits when nothing answers, instead of running through everything, and forgets none that failed', async () => {
    fill(600);
    let tried = 0;
    meanwhile = () => {
      tried += 1;
      return Promise.reject(new Error('down'));
    };
    await begin('s');
    expect(tried).toBe(400);
    meanwhile = () => Promise.resolve();
    await toTheEnd();
    expect([...new Set(told)].toSorted()).toEqual(all(600));
    expect(left()).toEqual([]);
  });

  it('begun again while it is on its way starts at the top', async () => {
    fill(150);
    let isAgain = false;
    meanwhile = async (conversationId) => {
      if (conversationId === 'conversation-149' && !isAgain) {
        isAgain = true;
        void sweeps.begin('s');
      }
    };
    await begin('s');
    expect(told.filter((each) => each === 's conversation-150')).toHaveLength(2);
    expect([...new Set(told)].toSorted()).toEqual(all(150));
  });

  it('[P8] reaches a conversation that had not told of itself yet: when it does, or half a minute later', async () => {
    for (const isTold of [true, false]) {
      storage = new SqliteStorage();
      told = [];
      wake();
      fill(2);
      await begin('s');
      expect(told).toHaveLength(2);
      expect(sweeps.nextAt()).toBe(now + LAST_ROUND_MS);
      inbox.putConversation(row(3, 3));
      if (isTold) sweeps.hurry();
      await sweeps.idle();
      expect(told).toHaveLength(isTold ? 3 : 2);
      await toTheEnd();
      expect(told.toSorted()).toEqual(all(3));
      expect(left()).toEqual([]);
    }
  });

  it('of an empty inbox is over after the last round', async () => {
    await begin('s');
    await toTheEnd();
    expect([told, left()]).toEqual([[], []]);
  });
});

describe('[A9] the end of a session', () => {
  /** Calls take 30 ms of a clock that only they move. */
  function timed(): { calls: { at: number; done: () => void }[]; run: () => Promise<void>; most: () => number } {
    const calls: { at: number; done: () => void }[] = [];
    let most = 0;
    meanwhile = () =>
      new Promise((done) => {
        calls.push({ at: now + 30, done });
        most = Math.max(most, calls.length);
      });
    const settle = async (): Promise<void> => {
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    };
    const run = async (): Promise<void> => {
      await settle();
      while (calls.length > 0) {
        now = calls[0]!.at;
        for (const { done } of calls.splice(0)) done();
        await settle();
      }
    };
    return { calls, run, most: () => most };
  }

  it('[P8] is over within 5 s in 2,000 conversations that answer in 30 ms', async () => {
    fill(2_000);
    const { run, most } = timed();
    void sweeps.begin('end s');
    await run();
    expect(told).toHaveLength(2_000);
    expect(now - 1_000_000).toBeLessThanOrEqual(5_000);
    expect(most()).toBeLessThanOrEqual(24);
  });

  it('[P8] closes those first in which the session is known to have sockets, in one round, five sessions at once', async () => {
    fill(2_000);
    const { run, calls } = timed();
    const first = Array.from({ length: 20 }, (_, index) => `conversation-${index + 1}`);
    for (let n = 1; n <= 5; n++) void sweeps.begin(`end ${n}`, first);
    expect(calls).toHaveLength(100);
    await run();
    expect(new Set(told.slice(0, 100))).toEqual(new Set([1, 2, 3, 4, 5].flatMap((n) => first.map((id) => `end ${n} ${id}`))));
  });

  it('[P8] tries those again that come first and fail, also when the inbox does not know them yet', async () => {
    fill(3);
    meanwhile = (conversationId) => (conversationId === 'unheard' ? Promise.reject(new Error('down')) : Promise.resolve());
    await begin('end s', ['unheard']);
    expect(told.toSorted()).toEqual(all(3, 'end s'));
    meanwhile = () => Promise.resolve();
    await toTheEnd();
    expect(told.filter((each) => each === 'end s unheard')).toHaveLength(1);
    expect(left()).toEqual([]);
  });

  it('goes before every other sweep: one on its way yields after its chunk, and goes on afterwards', async () => {
    fill(500);
    const { run } = timed();
    void sweeps.begin('receipts');
    void sweeps.begin('removed 1');
    void sweeps.begin('end s');
    await run();
    const order = told.map((each) => each.slice(0, each.indexOf(' conversation')));
    expect(order.lastIndexOf('end s')).toBeLessThan(order.indexOf('removed 1'));
    expect(order.slice(0, order.lastIndexOf('end s')).filter((each) => each === 'receipts').length).toBeLessThanOrEqual(100);
    for (const task of ['receipts', 'removed 1', 'end s']) expect(order.filter((each) => each === task)).toHaveLength(500);
  });

  it('does not wait for another session in whose sweep a conversation hangs', async () => {
    fill(200);
    meanwhile = (conversationId, task) =>
      task === 'end 1' && conversationId === 'conversation-200' ? new Promise(() => undefined) : Promise.resolve();
    void sweeps.begin('end 1');
    void sweeps.begin('end 2');
    for (let turn = 0; turn < 5_000; turn++) await Promise.resolve();
    expect(told.filter((each) => each.startsWith('end 2'))).toHaveLength(200);
  });
});
