/** Inboxes that lack a great deal of the log: bounded reading, others first, and no mention lost. */
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../durable/user-inbox/api.ts';
import { DIGEST_ENTRIES_MAX } from '../../../durable/conversation/digest.ts';
import { stage, textFrame, user, uuid, type Stage } from './stage.ts';

const BEHIND = 40_000;
const MENTIONED = [2, 17_000, 38_500, 39_999];
const stored = { stored: true, live_elsewhere: false, read_receipts: true };

/** A log of which the third of three has been told only the first entry, and the others all. */
async function farBehind(): Promise<Stage> {
  const set = await stage({ size: 3 });
  set.storage.db.exec(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${BEHIND})
    INSERT INTO messages (message_id, global_id, sender_id, type, timestamp, countable_total, mentions, content)
    SELECT i, 'g' || i, '${user(2)}', 'text', 0, i,
      CASE WHEN i IN (${MENTIONED.join(',')}) THEN '["${user(3)}"]' END, 'text' FROM n`);
  const marks = { [user(1)]: { told: BEHIND }, [user(2)]: { told: BEHIND, read: BEHIND }, [user(3)]: { told: 1, failures: 30 } };
  set.storage.db.exec(`UPDATE progress SET archived_to = ${BEHIND}, fanout = '${JSON.stringify(marks)}', receipts = '{}'`);
  set.commit();
  await set.crash();
  return set;
}

describe('[A11] one inbox that lacks 40,000 entries', () => {
  it('costs a bounded read in each drain, is told last, and learns of every mention', async () => {
    const set = await farBehind();
    const told: Delivery[] = [];
    set.deliver = (delivery) => (told.push(delivery), Promise.resolve(stored));
    set.write(user(1), textFrame('one more', { global_id: uuid() }));
    const reads: number[] = [];
    for (let drain = 0; drain < 60; drain++) {
      const before = set.usage().rowsRead;
      await set.assembly.outbox.drain();
      reads.push(set.usage().rowsRead - before);
      await set.clock.run(300);
    }
    expect(told.slice(0, 3).map(({ user_id }) => user_id)).toEqual([user(1), user(2), user(3)]);
    expect(told[2]).toMatchObject({ last_message_id: BEHIND + 1, countable_total: BEHIND + 1, read_message_id: 0, read_total: 0 });
    expect(Math.max(...reads)).toBeLessThan(2 * DIGEST_ENTRIES_MAX + 100);
    const ofThird = told.filter(({ user_id }) => user_id === user(3));
    expect([...new Set(ofThird.flatMap(({ mentioned_in }) => mentioned_in))].toSorted((a, b) => a - b)).toEqual(MENTIONED);
    // Stretches without a mention are no calls.
    expect(ofThird.length).toBeLessThanOrEqual(MENTIONED.length + 2);
    expect(set.assembly.outbox.pending()).toMatchObject({ inboxes: 0 });
  });

  it('that does not answer costs no more, and the others nothing', async () => {
    const set = await farBehind();
    const told: string[] = [];
    const silent = () => new Promise<never>((_, reject) => void set.clock.setTimer(() => reject(new Error('no answer')), 10_000));
    set.deliver = ({ user_id }) => (user_id === user(3) ? silent() : (told.push(user_id), Promise.resolve(stored)));
    const reads: number[] = [];
    for (let n = 1; n <= 5; n++) {
      set.write(user(1), textFrame(`more ${n}`));
      const before = set.usage().rowsRead;
      void set.assembly.outbox.drain();
      await set.clock.run(70_000);
      reads.push(set.usage().rowsRead - before);
    }
    expect(told.filter((userId) => userId === user(1)).length).toBe(3);
    expect(Math.max(...reads)).toBeLessThan(2 * DIGEST_ENTRIES_MAX + 200);
  });

  it('is asked by its user: a bounded read, and the counts are those of the head', async () => {
    const set = await farBehind();
    const before = set.usage().rowsRead;
    expect(set.assembly.outbox.exact(user(3), false)).toMatchObject({
      last_message_id: BEHIND,
      countable_total: BEHIND,
      mentioned_in: [2, 39_999],
    });
    expect(set.usage().rowsRead - before).toBeLessThan(2 * DIGEST_ENTRIES_MAX + 100);
  });
});

describe('[A10] an entry that cannot be understood', () => {
  it('is skipped with one line and counted, and everybody is told of the rest', async () => {
    const set = await stage({ size: 2 });
    const told: Delivery[] = [];
    set.deliver = (delivery) => (told.push(delivery), Promise.resolve(stored));
    set.write(user(1), textFrame('one'));
    set.write(user(1), textFrame('two'));
    set.storage.db.exec(`UPDATE messages SET mentions = 'no JSON' WHERE message_id = 1`);
    await set.clock.run(20_000);
    set.write(user(1), textFrame('three', { mentions: [user(2)] }));
    await set.clock.run(20_000);
    const last = told.filter(({ user_id }) => user_id === user(2)).at(-1);
    expect(last).toMatchObject({ last_message_id: 3, mentioned_in: [3] });
    expect(set.errors).toEqual(['entry_set_aside: entry 1 is not told']);
    expect(set.assembly.outbox.pending()).toMatchObject({ inboxes: 0, set_aside: 1 });
  });

  it('a delivery that throws on its way is one that failed, and does not come at once again', async () => {
    const set = await stage({ size: 2 });
    const entries: number[] = [];
    set.deliver = (delivery) => {
      if (delivery.user_id === user(2)) entries.push(delivery.entries.length);
      // It chokes on an entry.
      return delivery.user_id === user(2) && delivery.entries.length > 0 ? Promise.reject(new Error('no')) : Promise.resolve(stored);
    };
    set.write(user(1), textFrame('strange'));
    await set.clock.run(600);
    for (let tries = 0; tries < 6; tries++) {
      await set.clock.run(400_000);
      await set.assembly.outbox.drain();
    }
    expect(entries).toEqual([1, 1, 1, 1, 0]);
    expect(set.assembly.outbox.pending()).toMatchObject({ inboxes: 0 });
  });
});
