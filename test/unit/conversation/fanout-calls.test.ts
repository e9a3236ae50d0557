/** How many calls a burst costs, where the members are, and what an inbox that is slow, or only shows, does to it. */
import { describe, expect, it } from 'vitest';
import { deliveredByInbox, exactly, leave, ring, setReadReceipts } from '../../../durable/conversation/assembly.ts';
import type { Delivered, Delivery } from '../../../durable/user-inbox/api.ts';
import { stage, textFrame, user, type Stage, type TestSocket } from './stage.ts';

const answer = (more: Partial<Delivered> = {}): Delivered => ({ stored: true, live_elsewhere: false, read_receipts: true, ...more });

/** Rings when the alarm says so, as time goes by. */
async function run(set: Stage, durationMs: number): Promise<void> {
  const until = set.clock.now() + durationMs;
  for (;;) {
    const { armedAt } = set.alarms;
    if (armedAt === null || armedAt > until) break;
    await set.clock.run(Math.max(0, armedAt - set.clock.now()));
    set.storage.clearAlarm();
    set.alarms.rang();
    await ring(set.assembly, { alarms: set.alarms, now: () => set.clock.now() });
    set.commit();
  }
  await set.clock.run(until - set.clock.now());
  set.commit();
}

/** Every delivery from now on, answered so. */
function record(set: Stage, reply: (delivery: Delivery) => Promise<Delivered> | Delivered): Delivery[] {
  const told: Delivery[] = [];
  set.deliver = async (delivery) => {
    told.push(structuredClone(delivery));
    return reply(delivery);
  };
  return told;
}

const of = (told: readonly Delivery[], userId: string): Delivery[] => told.filter(({ user_id }) => user_id === userId);

async function burst(set: Stage, durationMs: number, everyMs: number): Promise<void> {
  for (let at = 0; at < durationMs; at += everyMs) {
    set.write(user(1), textFrame(`at ${at}`));
    set.commit();
    await run(set, everyMs);
  }
}

describe('[budget] a burst in a group of a hundred', () => {
  const MEMBERS = 100;
  const MESSAGES = 100;
  const setUp = async (live: boolean): Promise<{ set: Stage; told: Delivery[] }> => {
    const set = await stage({ size: MEMBERS });
    const told = record(set, () => answer({ live_elsewhere: live }));
    await run(set, 60_000);
    told.length = 0;
    return { set, told };
  };

  it('everybody elsewhere, ten messages a second: at once, then four calls a second and member, not one a message', async () => {
    const { set, told } = await setUp(true);
    await burst(set, 10_000, 100);
    await run(set, 1_000);
    const calls = of(told, user(7));
    expect(calls[0]).toMatchObject({ last_message_id: 1 });
    expect(calls.at(-1)).toMatchObject({ last_message_id: MESSAGES });
    expect(calls.length).toBeLessThanOrEqual(41);
    expect(told.length).toBeLessThanOrEqual(MEMBERS * 41);
  });

  it('everybody here, ten messages a second: one call in five seconds and member', async () => {
    const { set, told } = await setUp(false);
    const sockets: TestSocket[] = [];
    for (let n = 1; n <= MEMBERS; n++) sockets.push(set.join(user(n)));
    set.pingedAt = () => set.clock.now();
    await burst(set, 10_000, 100);
    await run(set, 10_000);
    expect(sockets.at(-1)!.frames.filter(({ op }) => op === 'message')).toHaveLength(MESSAGES);
    expect(of(told, user(7)).length).toBeLessThanOrEqual(3);
    expect(told.length).toBeLessThanOrEqual(MEMBERS * 3);
    expect(of(told, user(7)).at(-1)).toMatchObject({ last_message_id: MESSAGES });
  });

  it('everybody away, a message every other second: at once, after ten seconds, a minute, and then every ten minutes', async () => {
    const set = await stage({ size: MEMBERS });
    const told = record(set, () => answer());
    set.join(user(7));
    set.pingedAt = () => set.clock.now();
    await run(set, 60_000);
    set.pingedAt = () => 0;
    await run(set, 60_000);
    told.length = 0;
    const startAt = set.clock.now();
    const at: number[] = [];
    const { deliver } = set;
    set.deliver = (delivery) => {
      if (delivery.user_id === user(7)) at.push(set.clock.now() - startAt);
      return deliver(delivery);
    };
    await burst(set, 1_500_000, 2_000);
    expect(at.map((ms) => Math.round(ms / 1_000))).toEqual([0, 10, 70, 670, 1_270]);
    expect(of(told, user(7)).map(({ entries }) => entries.length)).toEqual([1, 4, 20, 20, 20]);
    expect(told.length).toBeLessThanOrEqual(MEMBERS * 6);
  });
});

describe('[P4] an inbox that does not answer', () => {
  it('delays nobody else, not even their next window', async () => {
    const set = await stage({ size: 4 });
    let stuck = false;
    const told = record(set, ({ user_id }) =>
      stuck && user_id === user(2) ? new Promise<never>(() => undefined) : answer({ live_elsewhere: true }),
    );
    await run(set, 30_000);
    told.length = 0;
    stuck = true;
    await burst(set, 3_000, 500);
    expect(of(told, user(2))).toHaveLength(1);
    expect(of(told, user(3)).map(({ last_message_id }) => last_message_id)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(set.alarms.armedAt).not.toBeNull();
  });
});

describe('[P4] an inbox that shows and does not store', () => {
  it('is told again after five seconds, until it has stored; what was shown counts as untold, through a crash too', async () => {
    const set = await stage({ size: 2 });
    let stored = true;
    const told = record(set, () => answer({ stored, live_elsewhere: true }));
    await run(set, 30_000);
    stored = false;
    told.length = 0;
    set.write(user(1), textFrame('one'));
    set.commit();
    await run(set, 1_000);
    expect(of(told, user(2))).toHaveLength(1);
    await run(set, 5_000);
    expect(of(told, user(2)).map(({ entries }) => entries.map(({ content }) => content))).toEqual([['one'], ['one']]);
    await set.crash();
    stored = true;
    await run(set, 10_000);
    expect(of(told, user(2))).toHaveLength(3);
    await run(set, 60_000);
    expect(of(told, user(2))).toHaveLength(3);
    expect(set.alarms.armedAt).toBeNull();
  });

  it('with nobody there to be shown it, backs off as after any failure', async () => {
    const set = await stage({ size: 2 });
    await run(set, 30_000);
    const told = record(set, () => answer({ stored: false }));
    set.write(user(1), textFrame('one'));
    set.commit();
    await run(set, 100_000);
    // At once, then after 10, 20 and 40 s.
    expect(of(told, user(2))).toHaveLength(4);
  });
});

describe('[P4] where a member is', () => {
  it('elsewhere is remembered by a conversation that slept: the next message is told at once', async () => {
    const set = await stage({ size: 2 });
    const told = record(set, () => answer({ live_elsewhere: true }));
    await run(set, 60_000);
    await set.crash();
    for (const number of [1, 2, 3]) {
      set.write(user(1), textFrame(`n${number}`));
      set.commit();
      await run(set, 300);
      expect(of(told, user(2)).at(-1)).toMatchObject({ last_message_id: number });
    }
  });

  it('who leaves counts as elsewhere until the next answer, and is told without waiting for a step', async () => {
    const set = await stage({ size: 2 });
    const told = record(set, () => answer());
    set.pingedAt = () => set.clock.now();
    const socket = set.join(user(2));
    await run(set, 60_000);
    told.length = 0;
    set.write(user(1), textFrame('seen here'));
    set.commit();
    await run(set, 1_000);
    expect(of(told, user(2))).toEqual([]);
    leave(set.assembly, socket);
    await run(set, 300);
    expect(of(told, user(2))).toMatchObject([{ last_message_id: 1, here: [] }]);
  });

  it('who is here is named with each device once, and when it was last heard', async () => {
    const set = await stage({ size: 2 });
    const told = record(set, () => answer());
    await run(set, 30_000);
    set.join(user(2));
    const heardAt = set.clock.now();
    set.write(user(1), textFrame('hello'));
    set.commit();
    await run(set, 6_000);
    expect(of(told, user(2)).at(-1)!.here).toEqual([{ device_id: expect.any(String), heard_at: heardAt }]);
  });
});

describe('[P4] what an inbox asks', () => {
  it('is answered exactly, and the one who came is told at once from then on', async () => {
    const set = await stage({ size: 2 });
    const told = record(set, () => answer());
    set.assembly.outbox.moved();
    await run(set, 30_000);
    for (const number of [1, 2, 3]) {
      set.write(user(1), textFrame(`n${number}`, number === 2 ? { mentions: [user(2)] } : {}));
      set.commit();
      await run(set, 100);
    }
    expect(of(told, user(2)).at(-1)).toMatchObject({ last_message_id: 1 });
    const exact = exactly(set.assembly, user(2), true);
    expect(exact).toMatchObject({ last_message_id: 3, countable_total: 3, mentioned_in: [2], role: 'member' });
    expect(exact!.entries.map(({ message_id }) => message_id)).toEqual([2, 3]);
    await run(set, 300);
    // Answering is not storing: it is told as well.
    expect(of(told, user(2)).at(-1)).toMatchObject({ last_message_id: 3 });
  });

  it('of a stranger is answered with nothing', async () => {
    const set = await stage({ size: 2 });
    expect(exactly(set.assembly, user(9), true)).toBeNull();
    expect(set.assembly.progress.marks.has(user(9))).toBe(false);
  });

  it('a message of one’s own is told with its time, so that an older draft is known to be sent', async () => {
    const set = await stage({ size: 2 });
    const told = record(set, () => answer());
    await run(set, 30_000);
    set.write(user(1), textFrame('mine'));
    const sentAt = set.clock.now();
    set.commit();
    await run(set, 6_000);
    expect(of(told, user(1)).at(-1)).toMatchObject({ own_message_at: sentAt, read_message_id: 1, delivered_message_id: 1 });
    expect(of(told, user(2)).at(-1)).toMatchObject({ own_message_at: null, read_message_id: 0, delivered_message_id: 0 });
  });

  it('what a device got by its inbox socket is told here, and is on disk at the latest with the next alarm', async () => {
    const set = await stage({ size: 2 });
    await run(set, 30_000);
    const ann = set.join(user(1));
    set.write(user(1), textFrame('did you get it?'));
    deliveredByInbox(set.assembly, user(2), 1);
    deliveredByInbox(set.assembly, user(9), 1);
    set.commit();
    await run(set, 10_000);
    expect(ann.frames.filter(({ op }) => op === 'receipts').at(-1)).toMatchObject({
      receipts: expect.arrayContaining([{ user_id: user(2), delivered: 1, read: 0 }]),
    });
    await set.crash();
    expect(set.assembly.progress.receipts.seenBy(user(1))).toContainEqual({ user_id: user(2), delivered: 1, read: 0 });
  });

  it('the choice about read receipts is on disk when it is answered, and an answer from before does not undo it', async () => {
    const set = await stage({ size: 2 });
    await run(set, 30_000);
    const answers: (() => void)[] = [];
    set.deliver = () => new Promise((resolve) => answers.push(() => resolve(answer({ read_receipts: true }))));
    set.write(user(1), textFrame('on its way'));
    await run(set, 300);
    setReadReceipts(set.assembly, user(2), false);
    set.commit();
    for (const arrive of answers) arrive();
    await run(set, 300);
    expect(set.assembly.progress.receipts.isOff(user(2))).toBe(true);
    await set.crash();
    expect(set.assembly.progress.receipts.isOff(user(2))).toBe(true);
  });
});
