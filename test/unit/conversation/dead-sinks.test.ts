/** What an idle conversation costs when nobody and nothing answers it: rows and alarms over virtual days. */
import { describe, expect, it } from 'vitest';
import { ring, wake } from '../../../durable/conversation/assembly.ts';
import { stage, textFrame, user, type Setting, type Stage } from './stage.ts';

const DAY_MS = 86_400_000;
const down = (): Promise<never> => Promise.reject(new Error('down'));
const stored = () => Promise.resolve({ stored: true, live_elsewhere: false, read_receipts: true });

/** A day at a time; between two alarms the object is gone from memory, as an idle one is. @returns rows written in each */
async function days(set: Stage, count: number): Promise<number[]> {
  const rows: number[] = [];
  for (let day = 0; day < count; day++) {
    const until = set.clock.now() + DAY_MS;
    let written = 0;
    for (;;) {
      const at = set.alarms.armedAt;
      if (at === null || at > until) break;
      await set.clock.run(Math.max(0, at - set.clock.now()));
      const before = set.usage().rowsWritten;
      set.storage.clearAlarm();
      set.alarms.rang();
      await ring(set.assembly, { alarms: set.alarms, now: () => set.clock.now() });
      await set.clock.run(1_000);
      written += set.usage().rowsWritten - before;
      set.commit();
      await set.crash();
    }
    await set.clock.run(Math.max(0, until - set.clock.now()));
    rows.push(written);
  }
  return rows;
}

async function idle(setting: Setting, sinks: Partial<Pick<Stage, 'archive' | 'projectMembers' | 'deliver'>>): Promise<Stage> {
  const set = await stage(setting);
  Object.assign(set, sinks);
  set.write(user(1), textFrame('the last word'));
  set.commit();
  await set.clock.run(1_000);
  set.commit();
  return set;
}

describe('[B1] an idle conversation', () => {
  it('with a dead archive and a dead list of members costs nothing after a day', async () => {
    const set = await idle({ size: 2 }, { archive: down, projectMembers: down });
    const rows = await days(set, 5);
    expect(rows.slice(2)).toEqual([0, 0, 0]);
    expect(set.alarms.armedAt).toBeNull();
    expect(set.assembly.outbox.pending()).toMatchObject({ archived_to: 0, members: true, next_at: null });
  });

  it('[P4] with a dead inbox costs two rows a try: a try a day for a month, then one a week, and for ever', async () => {
    let calls = 0;
    const set = await idle({ size: 2 }, { deliver: (delivery) => (calls++, delivery.user_id === user(2) ? down() : stored()) });
    await days(set, 2);
    calls = 0;
    const month = await days(set, 28);
    expect([calls, month.reduce((sum, rows) => sum + rows, 0)]).toEqual([28, 56]);
    await days(set, 2);
    calls = 0;
    const year = await days(set, 364);
    expect([calls, year.reduce((sum, rows) => sum + rows, 0)]).toEqual([52, 104]);
    expect(set.assembly.outbox.pending()).toMatchObject({ inboxes: 1 });
  });

  it('with everything dead tries again, and tells all, when something happens in it', async () => {
    const set = await idle({ size: 2 }, { archive: down, projectMembers: down, deliver: down });
    await days(set, 40);
    const archived: number[] = [];
    const told = new Set<string>();
    set.archive = (rows) => Promise.resolve(rows.forEach(({ message_id }) => archived.push(message_id)));
    set.projectMembers = () => Promise.resolve();
    set.deliver = ({ user_id }) => (told.add(user_id), stored());
    set.write(user(1), textFrame('hello again'));
    set.commit();
    await days(set, 1);
    expect([archived, [...told].toSorted()]).toEqual([
      [1, 2],
      [user(1), user(2)],
    ]);
    expect(set.assembly.outbox.pending()).toMatchObject({ inboxes: 0, members: false, is_archived: true, next_at: null });
  });

  it('with everything dead tells all at once when an operator asks', async () => {
    const set = await idle({ size: 2 }, { archive: down, projectMembers: down, deliver: down });
    await days(set, 40);
    set.archive = () => Promise.resolve();
    set.projectMembers = () => Promise.resolve();
    set.deliver = stored;
    expect(await wake(set.assembly)).toEqual({
      last_message_id: 1,
      archived_to: 1,
      is_archived: true,
      inboxes: 0,
      members: false,
      set_aside: 0,
      next_at: null,
    });
  });

  it('[A15] tells an inbox that asks for something at once, however long it did not answer', async () => {
    const set = await idle({ size: 2 }, { deliver: ({ user_id }) => (user_id === user(2) ? down() : stored()) });
    await days(set, 10);
    const told: string[] = [];
    set.deliver = ({ user_id }) => (told.push(user_id), stored());
    set.assembly.outbox.answers(user(2));
    await set.clock.run(300);
    expect(told).toEqual([user(2)]);
  });

  it('without an archive has nothing to archive; once there is one it gets everything', async () => {
    const set = await stage({ size: 2, archives: false });
    for (let n = 0; n < 3; n++) set.write(user(1), textFrame(`text ${n}`));
    set.commit();
    await days(set, 2);
    expect(set.alarms.armedAt).toBeNull();
    expect(set.assembly.outbox.pending()).toMatchObject({ archived_to: 0, is_archived: true, next_at: null });
    const archived: number[] = [];
    set.archive = (rows) => Promise.resolve(rows.forEach(({ message_id }) => archived.push(message_id)));
    set.archives = true;
    await set.crash();
    await days(set, 1);
    expect(archived).toEqual([1, 2, 3]);
  });
});
