/** What follows the log: every member's inbox and the archive, when calls are slow and processes die. */
import { describe, expect, it } from 'vitest';
import * as membership from '../../../durable/conversation/membership.ts';
import { readByHttp, ring, submitByHttp } from '../../../durable/conversation/assembly.ts';
import type { Delivery } from '../../../durable/user-inbox/api.ts';
import { stage, textFrame, user, type Stage } from './stage.ts';

const ringNow = (set: Stage): Promise<void> => {
  set.alarms.rang();
  return ring(set.assembly, { alarms: set.alarms, now: () => set.clock.now() });
};

const removes = (set: Stage, actor: string, userId: string): void => {
  const removed = set.assembly.room.changeMembers(actor, (roster) => membership.remove(roster, actor, userId));
  if (!removed.ok) throw new Error(removed.refusal.detail);
};
const adds = (set: Stage, actor: string, userId: string): void => {
  const added = set.assembly.room.changeMembers(actor, (roster) => membership.put(roster, actor, userId, undefined));
  if (!added.ok) throw new Error(added.refusal.detail);
};

describe('[P4] every member’s inbox learns of every entry', () => {
  it('a mention written while a long drain is under way reaches those told at its end', async () => {
    const set = await stage({ size: 9 });
    const answers: (() => void)[] = [];
    const mentioned = new Map<string, number[]>();
    let slow = true;
    set.deliver = (delivery) => {
      mentioned.set(delivery.user_id, [...(mentioned.get(delivery.user_id) ?? []), ...delivery.mentioned_in]);
      const answer = { stored: true, live_elsewhere: false, read_receipts: true };
      return slow ? new Promise((resolve) => answers.push(() => resolve(answer))) : Promise.resolve(answer);
    };
    const draining = set.assembly.outbox.drain();
    await set.clock.run(0);
    expect(answers).toHaveLength(6);
    set.write(user(1), textFrame('all of you', { mentions: [user(7), user(8), user(9)] }));
    slow = false;
    for (const answer of answers) answer();
    await draining;
    await set.clock.run(60_000);
    expect([7, 8, 9].map((n) => mentioned.get(user(n)))).toEqual([[1], [1], [1]]);
  });

  it('one who is away long while the others talk is told within ten seconds of being mentioned', async () => {
    const set = await stage({ size: 3 });
    const told = new Map<string, number>();
    set.deliver = ({ user_id }) => {
      told.set(user_id, (told.get(user_id) ?? 0) + 1);
      return Promise.resolve({ stored: true, live_elsewhere: false, read_receipts: true });
    };
    const talk = async (seconds: number): Promise<void> => {
      for (let second = 0; second < seconds; second += 5) {
        set.write(user(1), textFrame('and so on'));
        await set.clock.run(5_000);
        if (set.alarms.armedAt !== null && set.alarms.armedAt <= set.clock.now()) await ringNow(set);
      }
    };
    await talk(120);
    told.clear();
    await talk(60);
    expect([...told]).toEqual([]);
    set.write(user(1), textFrame('what do you say?', { mentions: [user(3)] }));
    await talk(20);
    expect([...told]).toEqual([[user(3), 1]]);
  });

  it('a joiner who is removed right after a crash is told, although nothing had been written about the telling', async () => {
    const set = await stage({ size: 2 });
    const roles: (string | null)[] = [];
    set.deliver = (delivery) => {
      if (delivery.user_id === user(9)) roles.push(delivery.role);
      // The answers of the others stay away, so that the drain writes nothing.
      return delivery.user_id === user(9)
        ? Promise.resolve({ stored: true, live_elsewhere: false, read_receipts: true })
        : new Promise(() => undefined);
    };
    adds(set, user(1), user(9));
    set.commit();
    await set.clock.run(300);
    expect(roles).toEqual(['member']);
    await set.crash();
    removes(set, user(1), user(9));
    set.commit();
    await set.crash();
    set.deliver = (delivery) => {
      if (delivery.user_id === user(9)) roles.push(delivery.role);
      return Promise.resolve({ stored: true, live_elsewhere: false, read_receipts: true });
    };
    await ringNow(set);
    expect(roles).toEqual(['member', null]);
  });

  it('a joiner, and who acts by HTTP, are told at once, though everybody has just been told', async () => {
    const set = await stage({ size: 2 });
    const told: string[] = [];
    set.deliver = async ({ user_id }) => {
      told.push(user_id);
      return { stored: true, live_elsewhere: true, read_receipts: true };
    };
    set.write(user(1), textFrame('hello'));
    await set.clock.run(0);
    expect(told.toSorted()).toEqual([user(1), user(2)]);
    told.length = 0;
    adds(set, user(1), user(9));
    await set.clock.run(0);
    submitByHttp(set.assembly, user(2), textFrame('welcome'));
    await set.clock.run(0);
    expect(told).toEqual([user(9), user(2)]);
    await set.clock.run(1_000);
    expect(told.slice(2).toSorted()).toEqual([user(1), user(9)]);
  });

  it('who acts by HTTP while being told is told again as soon as that has ended', async () => {
    const set = await stage({ size: 2 });
    const told: number[] = [];
    let answer = (): void => undefined;
    set.deliver = ({ user_id, last_message_id }) => {
      const stored = { stored: true, live_elsewhere: false, read_receipts: true };
      if (user_id !== user(2)) return Promise.resolve(stored);
      told.push(last_message_id);
      return new Promise((resolve) => void (answer = () => resolve(stored)));
    };
    submitByHttp(set.assembly, user(2), textFrame('one'));
    await set.clock.run(0);
    submitByHttp(set.assembly, user(2), textFrame('two'));
    await set.clock.run(0);
    expect(told).toEqual([1]);
    answer();
    await set.clock.run(0);
    expect(told).toEqual([1, 2]);
  });

  it('who has left is not given a read position again by what they once wrote', async () => {
    const set = await stage({ size: 3 });
    set.write(user(2), textFrame('farewell'));
    removes(set, user(1), user(2));
    await ringNow(set);
    expect(set.assembly.room.describe(user(1))).toMatchObject({ ok: true });
    expect(JSON.parse(set.storage.rows<{ receipts: string }>('SELECT receipts FROM progress')[0]!.receipts)).not.toHaveProperty(user(2));
  });

  it('a drain that cannot finish waits for the alarm instead of spinning', async () => {
    const set = await stage();
    set.write(user(1), textFrame('stuck'));
    set.commit();
    set.storage.fault = (query) => {
      if (query.startsWith('SELECT message_id, sender_id, type, timestamp, mentions')) throw new Error('SQLITE_IOERR');
    };
    await set.clock.run(9_000);
    expect(set.errors).toHaveLength(1);
    expect(set.alarms.armedAt).not.toBeNull();
    set.storage.fault = undefined;
    const told: Delivery[] = [];
    set.deliver = (delivery) => {
      told.push(delivery);
      return Promise.resolve({ stored: true, live_elsewhere: false, read_receipts: true });
    };
    await ringNow(set);
    expect(told.map(({ last_message_id }) => last_message_id)).toEqual([1, 1, 1]);
  });
});

describe('[P7] a position read by HTTP', () => {
  it('is on disk when it is answered', async () => {
    const set = await stage();
    set.write(user(1), textFrame('read me'));
    expect(readByHttp(set.assembly, user(2), 1)).toBe(1);
    set.commit();
    await set.crash();
    expect(set.assembly.signals.read(user(2), 0)).toBe(1);
  });

  it('and what is written by HTTP, bring the own inbox up to date at once, however long its member was away', async () => {
    const set = await stage({ size: 2 });
    const told: Pick<Delivery, 'last_message_id' | 'read_message_id'>[] = [];
    set.deliver = ({ user_id, last_message_id, read_message_id }) => {
      if (user_id === user(2)) told.push({ last_message_id, read_message_id });
      return Promise.resolve({ stored: true, live_elsewhere: false, read_receipts: true });
    };
    for (let second = 0; second < 90; second += 5) {
      set.write(user(1), textFrame('on and on'));
      await set.clock.run(5_000);
      if (set.alarms.armedAt !== null && set.alarms.armedAt <= set.clock.now()) await ringNow(set);
    }
    told.length = 0;
    readByHttp(set.assembly, user(2), 18);
    await set.clock.run(1_000);
    submitByHttp(set.assembly, user(2), textFrame('I am here'));
    await set.clock.run(1_000);
    set.write(user(1), textFrame('good'));
    await set.clock.run(1_000);
    expect(told).toEqual([
      { last_message_id: 18, read_message_id: 18 },
      { last_message_id: 19, read_message_id: 19 },
      { last_message_id: 20, read_message_id: 19 },
    ]);
  });
});
