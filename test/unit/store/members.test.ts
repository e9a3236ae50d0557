/** The projection's real SQL on SQLite: D1 without the network. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { projectMembers } from '../../../store/members.ts';

interface Bound {
  run(): number;
}

function database() {
  const sqlite = new DatabaseSync(':memory:');
  sqlite.exec(readFileSync(join(import.meta.dirname, '../../../migrations/0003_members.sql'), 'utf8'));
  let written = 0;
  const prepare = (sql: string) => ({
    bind: (...values: SQLInputValue[]): Bound => ({ run: () => Number(sqlite.prepare(sql).run(...values).changes) }),
  });
  const batch = (statements: Bound[]) => Promise.resolve(statements.forEach((statement) => (written += statement.run())));
  const rows = () =>
    sqlite
      .prepare('SELECT conversation_id, user_id FROM conversation_members ORDER BY conversation_id, user_id')
      .all()
      .map((row) => `${String(row['conversation_id'])}:${String(row['user_id'])}`);
  return { db: { prepare, batch } as unknown as D1Database, rows, written: () => written };
}

describe('[P5] members in D1', () => {
  it('come to be those of the list, of this conversation alone', async () => {
    const { db, rows } = database();
    await projectMembers(db, 'c', 0, ['u', 'v']);
    await projectMembers(db, 'd', 0, ['v']);
    expect(rows()).toEqual(['c:u', 'c:v', 'd:v']);
    await projectMembers(db, 'c', 3, ['w', 'u']);
    expect(rows()).toEqual(['c:u', 'c:w', 'd:v']);
    await projectMembers(db, 'c', 4, []);
    expect(rows()).toEqual(['d:v']);
  });

  it('a repeated list writes nothing', async () => {
    const { db, rows, written } = database();
    await projectMembers(db, 'c', 2, ['u', 'v']);
    const once = written();
    expect(once).toBe(3);
    await projectMembers(db, 'c', 2, ['u', 'v']);
    expect([rows(), written()]).toEqual([['c:u', 'c:v'], once]);
  });

  it('a late list of before brings nobody back and takes nobody out', async () => {
    const { db, rows } = database();
    await projectMembers(db, 'c', 5, ['u', 'w']);
    await projectMembers(db, 'c', 2, ['u', 'v']);
    expect(rows()).toEqual(['c:u', 'c:w']);
  });

  it('one member more costs that member and the list, not the group', async () => {
    const { db, written } = database();
    const group = Array.from({ length: 99 }, (_, index) => `u${index}`);
    await projectMembers(db, 'c', 1, group);
    const before = written();
    await projectMembers(db, 'c', 2, [...group, 'joiner']);
    expect(written() - before).toBe(2);
  });
});
