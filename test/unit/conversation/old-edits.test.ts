/** Edits from when they kept their texts: a message with 30,000 of them, written by the schema of then, deleted now. */
import type { SQLInputValue } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { ring } from '../../../durable/conversation/assembly.ts';
import { OLD_TEXTS_PER_TURN } from '../../../durable/conversation/edits/old-texts.ts';
import { MIGRATIONS, type EntryRecord } from '../../../durable/conversation/schema.ts';
import { Database } from '../../../durable/kit/database.ts';
import { createSchema, type Migrations } from '../../../durable/kit/migrate.ts';
import { historyPage, syncPage } from '../../../durable/conversation/pages.ts';
import type { Delivery } from '../../../durable/user-inbox/api.ts';
import { stage, user, uuid, type Stage } from './stage.ts';

const [ann, bob] = [user(1), user(2)] as const;
const SECRET = 'a secret';

/** Message 1, edited so often: 2 to `edits` + 1, chained as it was done then; all of it archived. */
async function withOldEdits(edits: number): Promise<Stage> {
  const set = await stage();
  backTo(set, MIGRATIONS.slice(0, 2));
  set.storage.db.exec(`
    INSERT INTO messages (message_id, global_id, sender_id, type, timestamp, countable_total, changed_by, edited_by, content)
      VALUES (1, '${uuid()}', '${ann}', 'text', 1, 1, ${edits + 1}, ${edits + 1}, '${SECRET} ${edits}');
    INSERT INTO messages (message_id, global_id, sender_id, type, timestamp, countable_total, target, prev_change, content)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${edits})
      SELECT i + 1, 'edit-' || i, '${ann}', 'edit', i, 1, 1, CASE i WHEN 1 THEN NULL ELSE i END, '${SECRET} ' || i FROM n;
    UPDATE progress SET archived_to = ${edits + 1}`);
  set.commit();
  await set.crash();
  return set;
}

/** The same conversation as an earlier schema would have it. */
function backTo(set: Stage, migrations: Migrations): void {
  const tables = ['conversation', 'members', 'progress'];
  const rows = tables.map((table) => set.storage.rows<Record<string, SQLInputValue>>(`SELECT * FROM ${table}`));
  for (const { name } of set.storage.rows<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'"))
    set.storage.db.exec(`DROP TABLE ${name}`);
  createSchema(new Database(set.storage.handle()), migrations);
  for (const [index, table] of tables.entries()) {
    const columns = set.storage.rows<{ name: string }>(`SELECT name FROM pragma_table_info('${table}')`).map(({ name }) => name);
    const insert = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
    for (const row of rows[index]!) set.storage.db.prepare(insert).run(...columns.map((column) => row[column]!));
  }
}

const texts = (set: Stage): number => set.storage.rows(`SELECT 1 FROM messages WHERE content LIKE '${SECRET}%'`).length;
const pending = (set: Stage): unknown[] => set.storage.rows('SELECT edit FROM old_texts');
const remove = (set: Stage) => set.write(ann, { op: 'delete', global_id: uuid(), target: 1 });

/** Every alarm, until there is none. @returns how many rang */
async function settle(set: Stage): Promise<number> {
  let rings = 0;
  for (; set.storage.durableAlarm !== null; rings++) {
    await set.clock.run(Math.max(0, set.storage.durableAlarm - set.clock.now()));
    set.storage.clearAlarm();
    set.alarms.rang();
    await ring(set.assembly, { alarms: set.alarms, now: () => set.clock.now() });
    set.commit();
  }
  return rings;
}

describe('[A3] a message with 30,000 edits that kept their texts', () => {
  it('is served with the text it has now at every edit', async () => {
    const set = await withOldEdits(3);
    const { messages } = syncPage(set.assembly.reader(), 1, 10);
    expect(messages.map((json) => (JSON.parse(json) as { content: string }).content)).toEqual(
      Array.from({ length: 3 }, () => `${SECRET} 3`),
    );
  });

  it('is deleted by three rows in one bounded turn, and nobody is served a text of it any more', async () => {
    const set = await withOldEdits(30_000);
    let [statements, written] = [0, 0];
    set.storage.fault = (query) => {
      statements += 1;
      if (/^\s*(INSERT|UPDATE|DELETE)/.test(query)) written += 1;
    };
    remove(set);
    set.storage.fault = undefined;
    expect({ statements, written }).toEqual({ statements: 5, written: 3 });
    const reader = set.assembly.reader();
    const served: string[] = [historyPage(reader, { limit: 50 })];
    for (let after = 0; after < reader.head; after += 500) served.push(...syncPage(reader, after, 500).messages);
    served.push(...set.join(bob, 29_900).texts);
    expect(served.join('\n')).not.toContain(SECRET);
    const deliveries: Delivery[] = [];
    set.deliver = (delivery) => {
      deliveries.push(delivery);
      return Promise.resolve({ stored: true, live_elsewhere: false, read_receipts: true });
    };
    await set.clock.run(1);
    expect(deliveries.length).toBeGreaterThan(0);
    expect(JSON.stringify(deliveries)).not.toContain(SECRET);
  });

  it(`[P5] is blanked ${OLD_TEXTS_PER_TURN} rows a turn, in the log and then in the archive, by the alarm`, async () => {
    const set = await withOldEdits(2_300);
    const archived = new Map<number, EntryRecord>();
    const batches: number[] = [];
    set.archive = (rows) => {
      batches.push(rows.length);
      for (const row of rows) archived.set(row.message_id, row);
      return Promise.resolve();
    };
    remove(set);
    set.commit();
    const before = texts(set);
    await set.clock.run(1);
    expect(before - texts(set)).toBe(OLD_TEXTS_PER_TURN);
    await settle(set);
    expect({ texts: texts(set), pending: pending(set) }).toEqual({ texts: 0, pending: [] });
    expect(Math.max(...batches)).toBe(OLD_TEXTS_PER_TURN);
    expect(archived.size).toBe(2_302);
    for (const row of set.log()) expect({ ...archived.get(row.message_id) }).toEqual({ ...row });
  });

  it('[P4] goes on after a crash between any two turns', async () => {
    const set = await withOldEdits(1_200);
    remove(set);
    set.commit();
    for (let crashes = 0; crashes < 3; crashes++) {
      await set.crash();
      expect(set.storage.durableAlarm).not.toBeNull();
      await set.clock.run(Math.max(0, set.storage.durableAlarm! - set.clock.now()));
      set.storage.clearAlarm();
      set.alarms.rang();
      await ring(set.assembly, { alarms: set.alarms, now: () => set.clock.now() });
      set.commit();
    }
    await settle(set);
    expect({ texts: texts(set), pending: pending(set) }).toEqual({ texts: 0, pending: [] });
  });

  it('[P4] is blank in the log though the archive is down, which is tried ever more rarely and then no more', async () => {
    const set = await withOldEdits(10);
    let tries = 0;
    set.archive = (rows) => {
      if (rows.some(({ type }) => type === 'edit')) tries += 1;
      return Promise.reject(new Error('D1 is down'));
    };
    remove(set);
    set.commit();
    await set.clock.run(24 * 3_600_000);
    expect(texts(set)).toBe(0);
    expect(tries).toBeLessThan(40);
    set.archive = () => Promise.resolve();
    await settle(set);
    expect(pending(set)).toEqual([]);
  });

  it('that is edited again is deleted with all of them', async () => {
    const set = await withOldEdits(3);
    for (const content of [`${SECRET} new`, `${SECRET} newer`]) {
      await set.clock.run(1_000);
      set.write(ann, { op: 'edit', global_id: uuid(), target: 1, content });
    }
    expect(texts(set)).toBe(1 + 3);
    remove(set);
    set.commit();
    await settle(set);
    expect(texts(set)).toBe(0);
    expect(set.log().map(({ content, changed_by }) => [content, changed_by])).toEqual([
      ['', 7],
      ['', 7],
      ['', 7],
      ['', 7],
      ['', null],
      ['', null],
      ['', null],
    ]);
  });
});
