/** The archive's real SQL on SQLite: D1 without the network. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { archiveBytes, archiveMessages, archivedMessages, shardOf, type ArchiveRow } from '../../../store/archive.ts';

const CONVERSATION = 'c';
const row = (message_id: number, more: Partial<ArchiveRow> = {}): ArchiveRow => ({
  message_id,
  global_id: `g${message_id}`,
  sender_id: 's',
  type: 'text',
  timestamp: message_id,
  reply_to: null,
  target: null,
  changed_by: null,
  deleted: 0,
  mentions: null,
  detail: null,
  reactions: null,
  content: `text ${message_id}`,
  ...more,
});

interface Bound {
  all(): Promise<{ results: unknown[] }>;
  run(): void;
}

function database(): { shard: D1Database; sizes: number[] } {
  const db = new DatabaseSync(':memory:');
  db.exec(readFileSync(join(import.meta.dirname, '../../../migrations/0002_archive.sql'), 'utf8'));
  const sizes: number[] = [];
  const prepare = (sql: string) => ({
    bind: (...values: SQLInputValue[]): Bound => {
      sizes.push(...values.filter((value) => typeof value === 'string').map((value) => Buffer.byteLength(value)));
      return {
        run: () => void db.prepare(sql).run(...values),
        all: () =>
          Promise.resolve({
            results: db
              .prepare(sql)
              .all(...values)
              .map((each) => ({ ...each })),
          }),
      };
    },
  });
  const batch = (statements: Bound[]) => Promise.resolve(statements.map((statement) => statement.run()));
  return { shard: { prepare, batch } as unknown as D1Database, sizes };
}

const held = (shard: D1Database, conversation = CONVERSATION): Promise<ArchiveRow[]> => archivedMessages(shard, conversation, 0, 1_000);

describe('[P5] the archive', () => {
  it('keeps every column as it is, quotes, control characters and nulls included', async () => {
    const { shard } = database();
    const rows = [
      row(1, { content: '"\u0000\u2028 \\ 👍', mentions: '["u"]', reactions: '{"👍":{"u":3}}', reply_to: 1, changed_by: 3 }),
      row(2),
    ];
    await archiveMessages(shard, CONVERSATION, rows);
    expect(await held(shard)).toEqual(rows);
  });

  it('a repeated batch changes nothing', async () => {
    const { shard } = database();
    const rows = [row(1), row(2)];
    await archiveMessages(shard, CONVERSATION, rows);
    await archiveMessages(shard, CONVERSATION, rows);
    expect(await held(shard)).toEqual(rows);
  });

  it('a late batch cannot undo a newer state: deleted text stays away', async () => {
    const { shard } = database();
    const deleted = row(1, { content: '', deleted: 1, changed_by: 4 });
    await archiveMessages(shard, CONVERSATION, [deleted]);
    await archiveMessages(shard, CONVERSATION, [row(1), row(2)]);
    await archiveMessages(shard, CONVERSATION, [row(1, { content: 'edited', changed_by: 3 })]);
    expect(await held(shard)).toEqual([deleted, row(2)]);
  });

  it('conversations do not meet', async () => {
    const { shard } = database();
    await archiveMessages(shard, 'a', [row(1)]);
    await archiveMessages(shard, 'b', [row(1, { content: 'other' })]);
    expect((await held(shard, 'a')).map(({ content }) => content)).toEqual(['text 1']);
    expect((await held(shard, 'b')).map(({ content }) => content)).toEqual(['other']);
  });

  it('says of each row what it takes of a statement', async () => {
    const { shard, sizes } = database();
    const rows = [row(1, { content: '\u0001'.repeat(100) }), row(2, { content: '👍é' })];
    await archiveMessages(shard, CONVERSATION, rows);
    // The brackets stand for one comma more.
    expect(Math.max(...sizes)).toBe(rows.reduce((sum, each) => sum + archiveBytes(each), 0) + 1);
  });
});

describe('shards', () => {
  it('the same conversation always has the same one, and many are spread over all', () => {
    const shards = ['a', 'b', 'c', 'd'];
    const ids = Array.from({ length: 400 }, (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`);
    const chosen = ids.map((id) => shardOf(shards, id));
    expect(ids.map((id) => shardOf(shards, id))).toEqual(chosen);
    for (const shard of shards) expect(chosen.filter((each) => each === shard).length).toBeGreaterThan(60);
  });
});
