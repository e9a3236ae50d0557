/** Changes of membership and title: stored with all that follows from them, or not at all. */
import { describe, expect, it } from 'vitest';
import * as membership from '../../../durable/conversation/membership.ts';
import { ring } from '../../../durable/conversation/assembly.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { MembershipChange } from '../../../protocol/message.ts';
import { stage, textFrame, user, type Stage } from './stage.ts';

const remove = ({ assembly }: Stage, actor: string, member: string): Outcome<MembershipChange[]> =>
  assembly.room.changeMembers(actor, (roster) => membership.remove(roster, actor, member));

/** Rung until nothing is pending, however long it takes. */
async function settle(set: Stage): Promise<void> {
  for (let rings = 0; set.alarms.armedAt !== null && rings < 10; rings++) {
    await set.clock.run(Math.max(0, set.alarms.armedAt - set.clock.now()));
    set.storage.clearAlarm();
    set.alarms.rang();
    await ring(set.assembly, { alarms: set.alarms, now: () => set.clock.now() });
    set.commit();
  }
}

describe('[P4] what changes besides messages is told too', () => {
  it.each([
    ['a membership', (set: Stage) => remove(set, user(1), user(2))],
    ['a title', (set: Stage) => set.assembly.room.patch(user(1), { title: 'Another' })],
  ])('%s arms the alarm in its own turn', async (_what, change) => {
    const set = await stage();
    await settle(set);
    expect(set.storage.durableAlarm).toBeNull();
    change(set);
    set.commit();
    expect(set.storage.durableAlarm).not.toBeNull();
  });

  it('a title that is the same already is no change', async () => {
    const set = await stage();
    await settle(set);
    expect(set.assembly.room.patch(user(1), { title: 'A group' })).toMatchObject({ ok: true });
    set.commit();
    expect(set.log()).toEqual([]);
    expect(set.storage.durableAlarm).toBeNull();
  });
});

describe('[P8] a removal', () => {
  it('closes every socket of the removed, after telling of it, and nobody else’s', async () => {
    const set = await stage();
    const [ann, phone, laptop] = [set.join(user(1)), set.join(user(2)), set.join(user(2))];
    remove(set, user(1), user(2));
    expect([ann, phone, laptop].map(({ closed }) => closed)).toEqual([undefined, 4403, 4403]);
    for (const socket of [ann, phone, laptop]) {
      expect(socket.frames.at(-1)).toMatchObject({
        op: 'message',
        message: { type: 'membership', membership: { action: 'removed', user_id: user(2) } },
      });
    }
    set.write(user(1), textFrame('among us'));
    expect(phone.frames.filter(({ op }) => op === 'message')).toHaveLength(1);
  });

  it('whose transaction fails changes nothing: members, log, sockets, what is on disk', async () => {
    const set = await stage();
    const socket = set.join(user(2));
    set.commit();
    const before = [set.storage.rows('SELECT * FROM members'), set.storage.rows('SELECT * FROM progress')];
    set.storage.fault = (query) => {
      if (query.startsWith('DELETE FROM members')) throw new Error('disk failure');
    };
    expect(() => remove(set, user(1), user(2))).toThrow('disk failure');
    set.storage.fault = undefined;
    expect([set.storage.rows('SELECT * FROM members'), set.storage.rows('SELECT * FROM progress')]).toEqual(before);
    expect(socket.closed).toBeUndefined();
    set.write(user(2), textFrame('still here'));
    expect(set.log().map(({ message_id, type }) => [message_id, type])).toEqual([[1, 'text']]);
  });

  it('is told to the removed’s inbox and leaves no receipts behind, though the process dies right after it', async () => {
    const set = await stage();
    set.write(user(2), textFrame('my last words'));
    await settle(set);
    remove(set, user(1), user(2));
    set.commit();
    await set.crash();
    const told: (string | null)[] = [];
    set.deliver = (delivery) => {
      if (delivery.user_id === user(2)) told.push(delivery.role);
      return Promise.resolve({ stored: true, live_elsewhere: false, read_receipts: true });
    };
    await settle(set);
    expect(told).toEqual([null]);
    const [progress] = set.storage.rows<{ fanout: string; receipts: string }>('SELECT fanout, receipts FROM progress');
    expect(Object.keys(JSON.parse(progress!.fanout) as object).toSorted()).toEqual([user(1), user(3)]);
    expect(progress!.receipts).not.toContain(user(2));
  });
});

describe('succession', () => {
  it('is two entries in one step, and stands after a crash', async () => {
    const set = await stage();
    remove(set, user(1), user(1));
    set.commit();
    await set.crash();
    expect(set.log().map(({ message_id, sender_id, detail }) => [message_id, sender_id, JSON.parse(detail!)])).toEqual([
      [1, user(1), { action: 'left', user_id: user(1) }],
      [2, user(1), { action: 'role', user_id: user(2), role: 'owner' }],
    ]);
    expect(set.assembly.room.describe(user(2))).toMatchObject({ ok: true, value: { role: 'owner' } });
    expect(set.assembly.room.describe(user(1))).toMatchObject({ ok: false, refusal: { code: 'not_found' } });
  });
});
