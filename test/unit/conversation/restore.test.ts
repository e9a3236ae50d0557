/** A conversation whose database is that of an earlier instant, as after point-in-time recovery. */
import { describe, expect, it } from 'vitest';
import { startOver } from '../../../durable/conversation/restore/start-over.ts';
import type { Delivered, Delivery } from '../../../durable/user-inbox/api.ts';
import { merge } from '../../../durable/user-inbox/inbox.ts';
import type { InboxRecord } from '../../../durable/user-inbox/schema.ts';
import { uuidv7 } from '../../../protocol/ids.ts';
import { stage, textFrame, user, type Stage } from './stage.ts';

interface World {
  set: Stage;
  rows: Map<string, InboxRecord>;
  told: Delivery[];
  archive: Map<number, string>;
}

/** Three members with the real rows, and an archive, told of five messages; the state after the third is kept. */
async function restored(): Promise<World> {
  const set = await stage();
  const rows = new Map<string, InboxRecord>();
  const told: Delivery[] = [];
  const archive = new Map<number, string>();
  set.archive = (entries) => Promise.resolve(entries.forEach(({ message_id, content }) => archive.set(message_id, content)));
  set.clearArchive = () => (archive.clear(), Promise.resolve(true));
  set.deliver = (delivery) => (told.push(delivery), Promise.resolve(take(rows, delivery)));
  for (const content of ['one', 'two', 'three']) set.write(user(1), textFrame(content, { mentions: [user(2)] }));
  set.assembly.signals.read(user(2), 2);
  await set.clock.run(60_000);
  await set.assembly.outbox.drain();
  set.assembly.progress.save();
  set.commit();
  const before = set.storage.rows<Record<string, string | number | null>>('SELECT * FROM progress')[0]!;
  for (const content of ['lost', 'lost too']) set.write(user(3), textFrame(content));
  set.assembly.signals.read(user(2), 5);
  await set.clock.run(60_000);
  await set.assembly.outbox.drain();
  set.commit();
  set.storage.db.exec('DELETE FROM messages WHERE message_id > 3');
  for (const [column, value] of Object.entries(before)) set.storage.db.prepare(`UPDATE progress SET ${column} = ?`).run(value);
  expect([...rows.values()].map(({ last_message_id }) => last_message_id)).toEqual([5, 5, 5]);
  await set.crash();
  told.length = 0;
  return { set, rows, told, archive };
}

function take(rows: Map<string, InboxRecord>, delivery: Delivery): Delivered {
  const old = rows.get(delivery.user_id);
  const row = merge(old, delivery, (old?.version ?? 0) + 1) ?? old!;
  rows.set(delivery.user_id, row);
  const { epoch, last_message_id } = row;
  return { stored: true, live_elsewhere: false, read_receipts: true, row: { epoch, last_message_id } };
}

const unread = (row: InboxRecord | undefined) => row && [row.last_message_id, row.countable_total - row.read_total, row.mentioned_in];

describe('[B3] a restored conversation', () => {
  it('has the epoch that it was handed: its sockets are closed, every row is replaced, and the archive comes to equal the log', async () => {
    const { set, rows, archive } = await restored();
    const socket = set.join(user(1), 5);
    const epoch = uuidv7(set.clock.now());
    startOver(set.assembly, epoch, [user(1), user(2), user(3), user(9)]);
    expect(socket.closed).toBe(1012);
    set.commit();
    await set.clock.run(20_000);
    await set.assembly.outbox.drain();
    await set.clock.run(20_000);
    await set.assembly.outbox.drain();
    expect([1, 2, 3].map((n) => unread(rows.get(user(n))))).toEqual([
      [3, 0, '[]'],
      [3, 1, '[3]'],
      [3, 3, '[]'],
    ]);
    expect(rows.get(user(9))?.role).toBeNull();
    expect([...archive.values()]).toEqual(['one', 'two', 'three']);
    expect(set.join(user(1), 5).frames[0]).toMatchObject({ op: 'hello', epoch, last_message_id: 3 });
    expect(set.assembly.outbox.pending()).toMatchObject({ inboxes: 0, is_archived: true });
  });

  it('that nobody reopened, as after a crash in between, takes a new epoch by itself once an inbox knows of more', async () => {
    const { set, rows, archive } = await restored();
    const { epoch } = set.assembly.writer.record;
    set.write(user(1), textFrame('four, anew'));
    await set.clock.run(20_000);
    await set.assembly.outbox.drain();
    await set.clock.run(20_000);
    await set.assembly.outbox.drain();
    expect(set.assembly.writer.record.epoch > epoch).toBe(true);
    expect([1, 2, 3].map((n) => unread(rows.get(user(n))))).toEqual([
      [4, 0, '[]'],
      [4, 2, '[3]'],
      [4, 4, '[]'],
    ]);
    expect([...archive.values()]).toEqual(['one', 'two', 'three', 'four, anew']);
  });

  it('a late delivery of the log that is no more changes no row', async () => {
    const { set, rows, told } = await restored();
    const late = { ...set.assembly.outbox.exact(user(2), false)!, last_message_id: 5, read_message_id: 5, read_total: 5 };
    startOver(set.assembly, uuidv7(set.clock.now()), []);
    await set.clock.run(20_000);
    await set.assembly.outbox.drain();
    const row = rows.get(user(2));
    expect(told.length).toBeGreaterThan(0);
    take(rows, late);
    expect(rows.get(user(2))).toEqual(row);
  });

  it('a row of before, whose epoch was chance, is merged within it and replaced by any that is handed in', async () => {
    const { set } = await restored();
    const delivery = { ...set.assembly.outbox.exact(user(2), false)!, epoch: 'f0000000-0000-4000-8000-000000000000' };
    const old = { ...merge(undefined, delivery, 1)!, epoch: '', last_message_id: 9, read_message_id: 9 };
    expect(merge(old, { ...delivery, mentioned_in: [] }, 2)).toBeNull();
    expect(merge(old, { ...delivery, epoch: uuidv7(0) }, 2)).toMatchObject({ last_message_id: 3, read_message_id: 2 });
  });
});
