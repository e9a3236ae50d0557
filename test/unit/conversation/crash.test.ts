/**
 * The process dies at every point there is, one after the other: before each statement (its turn is lost),
 * after each turn (nothing of it has left), after each call arrived (its answer is lost), after each answer.
 * Then the platform does what it does: it rings the alarm, if there is one.
 */
import { describe, expect, it } from 'vitest';
import { assemble, createConversation, ring, type Assembly } from '../../../durable/conversation/assembly.ts';
import * as membership from '../../../durable/conversation/membership.ts';
import { ConversationStore } from '../../../durable/conversation/store.ts';
import { Alarms } from '../../../durable/kit/alarms.ts';
import { Database } from '../../../durable/kit/database.ts';
import type { Delivery } from '../../../durable/user-inbox/api.ts';
import { merge } from '../../../durable/user-inbox/inbox.ts';
import type { InboxRecord } from '../../../durable/user-inbox/schema.ts';
import type { LogFrame } from '../../../protocol/client-frames.ts';
import { createClock, microtasks } from '../../support/client-clock.ts';
import { everybodyAgrees } from '../../support/people-asked.ts';
import { SqliteStorage } from '../../support/sqlite-storage.ts';
import { CONVERSATION, textFrame, user } from './stage.ts';

const MEMBERS = [1, 2, 3, 4, 5, 6, 7, 8].map(user);
const DEAD = new Error('the process is dead');

/** What each inbox was told, in the order of its arriving there. */
interface Outcome {
  points: number;
  log: number;
  told: Map<string, Delivery[]>;
  archived: Set<number>;
  members: { inD1: readonly string[]; inLog: string[] };
  alarm: number | null;
}

/** @param deadly the point at which the process dies; 0: never */
async function live(deadly: number): Promise<Outcome> {
  const storage = new SqliteStorage();
  const told = new Map<string, Delivery[]>();
  const archived = new Set<number>();
  let inD1: readonly string[] = [];
  let points = 0;
  let doomed = false;
  let life = { alive: true, open: null as Assembly | null, alarms: null as Alarms | null };
  let leaving: (() => void)[] = [];

  const passes = (): boolean => ++points !== deadly;
  const die = (): void => {
    life.alive = false;
    life = { alive: true, open: null, alarms: null };
    leaving = [];
    doomed = false;
    storage.crash();
  };
  /** The turn ends: to disk, and then out. */
  const clock = createClock(1_800_000_000_000, async () => {
    await microtasks();
    if (doomed) return die();
    storage.commit();
    if (leaving.length === 0) return;
    if (!passes()) return die();
    for (const leave of leaving.splice(0)) leave();
  });
  /** Leaves with its turn, arrives a little later, and its answer comes a little after that. */
  const call = <T>(arrive: () => T): Promise<T> => {
    const own = life;
    return new Promise((resolve) => {
      const answered = (value: T) => () => {
        if (!own.alive) return;
        resolve(value);
        // Dies in the turn of the answer, before what it wrote is on disk.
        if (!passes()) doomed = true;
      };
      const arrived = (): void => {
        const value = arrive();
        if (own.alive && !passes()) die();
        clock.setTimer(answered(value), 5);
      };
      leaving.push(() => clock.setTimer(arrived, 5));
    });
  };

  const wake = async (): Promise<Assembly> => {
    if (life.open !== null) return life.open;
    const own = life;
    const db = new Database(storage.handle(() => own.alive));
    const store = new ConversationStore(db);
    store.open();
    own.alarms = new Alarms(db);
    await own.alarms.restore();
    own.open = assemble({
      store,
      alarms: own.alarms,
      sockets: [],
      pingedAt: () => 0,
      deliver: (delivery) =>
        call(() => {
          told.set(delivery.user_id, [...(told.get(delivery.user_id) ?? []), structuredClone(delivery)]);
          return { stored: true, live_elsewhere: false, read_receipts: true };
        }),
      archive: (_id, rows) => call(() => rows.forEach(({ message_id }) => archived.add(message_id))),
      clearArchive: () => Promise.resolve(true),
      projectMembers: (_id, _version, userIds) => call(() => void (inD1 = userIds)),
      people: everybodyAgrees,
      rateFactor: 100,
      bytesMax: Infinity,
      now: () => clock.now(),
      schedule: (callback, delayMs) => void clock.setTimer(() => (own.alive ? callback() : undefined), delayMs),
      onError: () => undefined,
      onRefused: () => undefined,
    });
    return own.open;
  };
  /** A request that is repeated until it is answered. */
  const request = async (work: (open: Assembly) => void): Promise<void> => {
    for (;;) {
      const own = life;
      const open = await wake();
      try {
        work(open);
      } catch (error) {
        if (error !== DEAD) throw error;
      }
      await clock.run(0);
      if (own.alive) return;
    }
  };
  /** The alarm rings when it is due, and again if its handler did not come to its end. */
  const runFor = async (durationMs: number): Promise<void> => {
    const until = clock.now() + durationMs;
    while (storage.durableAlarm !== null && storage.durableAlarm <= until) {
      const at = storage.durableAlarm;
      await clock.run(Math.max(0, at - clock.now()));
      if (storage.durableAlarm !== at) continue;
      for (let ended = false; !ended;) {
        const own = life;
        const open = await wake();
        storage.clearAlarm();
        own.alarms!.rang();
        void ring(open, { alarms: own.alarms!, now: () => clock.now() }).then(() => (ended = own.alive));
        await clock.run(12_000);
      }
    }
    await clock.run(Math.max(0, until - clock.now()));
  };

  const creation = {
    conversation_id: CONVERSATION,
    kind: 'group',
    title: 'A group',
    creator_id: MEMBERS[0]!,
    member_ids: MEMBERS.slice(1),
  } as const;
  createConversation(new ConversationStore(new Database(storage.handle())), creation, clock.now());
  storage.commit();
  storage.fault = (query) => {
    if (doomed || !/^\s*(INSERT|UPDATE|DELETE)/.test(query) || passes()) return;
    doomed = true;
    throw DEAD;
  };
  const say = (userId: string, frame: LogFrame) => request((open) => void open.room.submit(userId, frame));
  await request((open) => open.outbox.moved());
  await runFor(300);
  await say(user(2), textFrame('one', { mentions: [user(3)] }));
  await runFor(100);
  await say(user(3), textFrame('two'));
  await request((open) => void open.room.changeMembers(user(1), (roster) => membership.remove(roster, user(1), user(4))));
  await runFor(200);
  await request((open) => void open.room.changeMembers(user(1), (roster) => membership.put(roster, user(1), user(9), undefined)));
  await runFor(1_000);
  await say(user(1), textFrame('three'));
  await runFor(2_000_000);

  const inLog = storage.rows<{ user_id: string }>('SELECT user_id FROM members').map(({ user_id }) => user_id);
  const log = storage.rows('SELECT 1 FROM messages').length;
  return { points, log, told, archived, members: { inD1, inLog }, alarm: storage.durableAlarm };
}

/** What is wrong with it, in words. */
function faults({ log, told, archived, members, alarm }: Outcome): string[] {
  const found: string[] = [];
  if (log !== 5) found.push(`${log} entries of 5 are stored`);
  if (alarm !== null) found.push('an alarm is left');
  if (archived.size !== log) found.push(`${archived.size} entries are archived`);
  if (members.inD1.toSorted().join() !== members.inLog.toSorted().join()) found.push(`D1 has ${members.inD1.length} members`);
  for (const userId of [...MEMBERS, user(9)]) {
    const deliveries = told.get(userId) ?? [];
    const newest = deliveries.toSorted((one, other) => one.last_message_id - other.last_message_id).at(-1);
    const gone = userId === user(4);
    if (newest === undefined || (newest.role === null) !== gone) found.push(`${userId}: told ${newest?.role ?? 'nothing'}`);
    const seen = new Set(deliveries.flatMap(({ entries }) => entries.map(({ message_id }) => message_id)));
    const first = userId === user(9) ? 4 : 1;
    for (let number = first; !gone && number <= log; number++) if (!seen.has(number)) found.push(`${userId}: never told of ${number}`);
  }
  const mentioned = new Set((told.get(user(3)) ?? []).flatMap(({ mentioned_in }) => mentioned_in));
  if (!mentioned.has(1)) found.push('the mention is lost');
  return found;
}

const TWICE = (deliveries: Delivery[]): Delivery[] => deliveries.flatMap((delivery) => [delivery, delivery]);
const LATE = (deliveries: Delivery[]): Delivery[] => [...deliveries, ...deliveries.toReversed()];

/** The rows that the inboxes come to, without what merely counts their changes and tells the time. */
function settled({ told }: Outcome, order: (deliveries: Delivery[]) => Delivery[]): string {
  const rows = [...told].map(([userId, deliveries]) => {
    let row: InboxRecord | undefined;
    for (const delivery of order(deliveries)) row = merge(row, delivery, 1) ?? row;
    const { role, last_message_id, countable_total, read_message_id, read_total, mentioned_in } = row!;
    // Where one who has left stopped following depends on when they were told.
    if (role === null) return `${userId} left`;
    return [userId, role, last_message_id, countable_total, read_message_id, read_total, mentioned_in].join(' ');
  });
  return rows.toSorted().join('\n');
}

describe('[P4] every inbox learns of every entry at least once, [P5] and D1 of all of them', () => {
  it('wherever the process dies', async () => {
    const smooth = await live(0);
    expect(faults(smooth)).toEqual([]);
    expect(smooth.points).toBeGreaterThan(50);
    const inbox = settled(smooth, (deliveries) => deliveries);
    const wrong: string[] = [];
    for (let deadly = 1; deadly <= smooth.points; deadly++) {
      const outcome = await live(deadly);
      const found = faults(outcome);
      // What is told twice, or late, does no harm: every inbox ends as if nothing had happened.
      for (const again of [TWICE, LATE]) if (settled(outcome, again) !== inbox) found.push('an inbox ends differently');
      if (found.length > 0) wrong.push(`dead at point ${deadly} of ${smooth.points}: ${found.join('; ')}`);
    }
    expect(wrong).toEqual([]);
  });
});
