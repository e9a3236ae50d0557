/** The list of members in D1: told when it is made and when it changes, and again until it is heard. */
import { describe, expect, it } from 'vitest';
import { ring } from '../../../durable/conversation/assembly.ts';
import * as membership from '../../../durable/conversation/membership.ts';
import { stage, textFrame, user, type Stage } from './stage.ts';

const [ann, bob, cy] = [user(1), user(2), user(3)] as const;

const ringNow = (set: Stage): Promise<void> => {
  set.alarms.rang();
  return ring(set.assembly, { alarms: set.alarms, now: () => set.clock.now() });
};

const remove = (set: Stage, userId: string): void =>
  void set.assembly.room.changeMembers(ann, (roster) => membership.remove(roster, ann, userId));

function record(set: Stage): [number, string[]][] {
  const told: [number, string[]][] = [];
  set.projectMembers = (version, userIds) => {
    told.push([version, [...userIds]]);
    return Promise.resolve();
  };
  return told;
}

describe('[P5] D1 comes to know the members', () => {
  it('at the creation at once, and then no more', async () => {
    const set = await stage();
    const told = record(set);
    set.assembly.outbox.moved();
    await set.clock.run(0);
    expect(told).toEqual([[0, [ann, bob, cy]]]);
    set.write(ann, textFrame('no news of members'));
    await ringNow(set);
    expect(told).toHaveLength(1);
  });

  it('when somebody comes or goes, and not when a role or a title changes', async () => {
    const set = await stage();
    const told = record(set);
    await ringNow(set);
    set.assembly.room.patch(ann, { title: 'Another' });
    set.assembly.room.changeMembers(ann, (roster) => membership.put(roster, ann, bob, 'admin'));
    await ringNow(set);
    remove(set, cy);
    await ringNow(set);
    expect(told).toEqual([
      [0, [ann, bob, cy]],
      [3, [ann, bob]],
    ]);
  });

  it('also when the process dies right after the change', async () => {
    const set = await stage();
    const told = record(set);
    await ringNow(set);
    remove(set, cy);
    set.commit();
    await set.crash();
    await ringNow(set);
    expect(told.at(-1)).toEqual([1, [ann, bob]]);
  });

  it('a failure leaves the chat untouched, backs off, and holds up nothing else', async () => {
    const set = await stage();
    let tries = 0;
    set.projectMembers = () => {
      tries += 1;
      return Promise.reject(new Error('D1 is down'));
    };
    const heads: number[] = [];
    set.deliver = ({ user_id, last_message_id }) => {
      if (user_id === bob) heads.push(last_message_id);
      return Promise.resolve({ stored: true, live_elsewhere: true, read_receipts: true });
    };
    set.write(ann, textFrame('goes on'));
    await ringNow(set);
    await set.clock.run(300);
    set.write(ann, textFrame('and on'));
    await set.clock.run(300);
    expect([tries, heads]).toEqual([1, [1, 2]]);
    set.commit();
    await set.crash();
    await ringNow(set);
    expect(tries).toBe(1);
    await set.clock.run(10_000);
    const told = record(set);
    await ringNow(set);
    expect(told).toEqual([[2, [ann, bob, cy]]]);
  });

  it('a change that comes while the list is on its way is told after it', async () => {
    const set = await stage();
    const told: string[][] = [];
    const answers: (() => void)[] = [];
    set.projectMembers = (_version, userIds) => {
      told.push([...userIds]);
      return new Promise((resolve) => answers.push(resolve));
    };
    const ringing = ringNow(set);
    await set.clock.run(0);
    remove(set, cy);
    answers[0]!();
    await ringing;
    await set.clock.run(0);
    expect(told).toEqual([
      [ann, bob, cy],
      [ann, bob],
    ]);
  });

  it('of a conversation from before there was such a list, with its next drain', async () => {
    const set = await stage();
    set.storage.db.exec('UPDATE progress SET members_projected = -1');
    await set.crash();
    const told = record(set);
    set.write(ann, textFrame('still alive'));
    await set.clock.run(0);
    expect(told).toEqual([[1, [ann, bob, cy]]]);
  });
});
