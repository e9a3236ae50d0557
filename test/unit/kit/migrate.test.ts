/** Schema versions inside an object. */
import { describe, expect, it } from 'vitest';
import { MIGRATIONS as CONVERSATION } from '../../../durable/conversation/schema.ts';
import { Database } from '../../../durable/kit/database.ts';
import { createSchema, migrateExisting, schemaVersion, type Migrations } from '../../../durable/kit/migrate.ts';
import { MIGRATIONS as INBOX } from '../../../durable/user-inbox/schema.ts';
import { SqliteStorage } from '../../support/sqlite-storage.ts';

const STEPS: Migrations = [
  ['CREATE TABLE a (x INTEGER) STRICT', 'INSERT INTO a (x) VALUES (1)'],
  ['ALTER TABLE a ADD COLUMN y INTEGER'],
  ['UPDATE a SET y = x + 1', 'CREATE TABLE b (z INTEGER) STRICT'],
];
const emptyDatabase = (): Database => new Database(new SqliteStorage().handle());
const schemaOf = (db: Database) => db.all('SELECT name, sql FROM sqlite_master ORDER BY name');

describe('an object that was never created', () => {
  it('stays empty, however often it is asked', () => {
    const db = emptyDatabase();
    expect(migrateExisting(db, STEPS)).toBe(false);
    expect(migrateExisting(db, STEPS)).toBe(false);
    expect(schemaVersion(db)).toBe(0);
    expect(schemaOf(db)).toEqual([]);
    expect(db.usage.rowsWritten).toBe(0);
  });
});

describe('an object of an earlier version', () => {
  const newest = emptyDatabase();
  createSchema(newest, STEPS);

  it.each([1, 2, 3])('of version %i comes to the newest schema with its rows', (version) => {
    const db = emptyDatabase();
    createSchema(db, STEPS.slice(0, version));
    expect(schemaVersion(db)).toBe(version);
    expect(migrateExisting(db, STEPS)).toBe(true);
    expect(schemaVersion(db)).toBe(3);
    expect(schemaOf(db)).toEqual(schemaOf(newest));
    expect(db.all('SELECT x, y FROM a')).toEqual([{ x: 1, y: 2 }]);
  });

  it('at the newest version is not written to on waking', () => {
    const db = emptyDatabase();
    createSchema(db, STEPS);
    const { rowsWritten } = db.usage;
    migrateExisting(db, STEPS);
    expect(db.usage.rowsWritten).toBe(rowsWritten);
  });

  it('stays where it was when a step fails', () => {
    const db = emptyDatabase();
    createSchema(db, STEPS.slice(0, 1));
    const before = schemaOf(db);
    const broken: Migrations = [STEPS[0]!, STEPS[1]!, ['CREATE TABLE c (x INTEGER) STRICT', 'nonsense']];
    expect(() => migrateExisting(db, broken)).toThrow();
    expect(schemaVersion(db)).toBe(1);
    expect(schemaOf(db)).toEqual(before);
  });
});

describe('the real objects', () => {
  const tables = (db: Database): string[] =>
    db.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").map(({ name }) => name);

  it.each([
    ['conversation', CONVERSATION, ['admission', 'conversation', 'members', 'messages', 'progress', 'schema_version']],
    [
      'user inbox',
      INBOX,
      [
        'conversations',
        'devices',
        'presence',
        'privacy',
        'quotas',
        'reach',
        'relation_tasks',
        'relations',
        'schema_version',
        'tickets',
        'walks',
      ],
    ],
  ] as const)('%s: every step from every earlier version ends in the same schema', (_name, migrations, expected) => {
    const newest = emptyDatabase();
    createSchema(newest, migrations);
    expect(tables(newest)).toEqual(expect.arrayContaining([...expected]));
    for (let version = 1; version <= migrations.length; version++) {
      const db = emptyDatabase();
      createSchema(db, migrations.slice(0, version));
      migrateExisting(db, migrations);
      expect(schemaOf(db)).toEqual(schemaOf(newest));
    }
  });

  it('no table of theirs has an index besides its primary key: a row written stays one row', () => {
    for (const migrations of [CONVERSATION, INBOX]) {
      const db = emptyDatabase();
      createSchema(db, migrations);
      const indexes = db.all<{ sql: string }>("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL");
      // One of a few rows costs the others nothing.
      expect(indexes.filter(({ sql }) => !sql.includes(" WHERE state IN ('request', 'invited')"))).toEqual([]);
    }
  });

  it('user inbox: a session whose end was on its way goes on ending, and its rows are asked once', () => {
    const db = emptyDatabase();
    createSchema(db, INBOX.slice(0, 2));
    db.run("INSERT INTO endings (session_id, walked_to, down_to, began_at, failures, retry_at) VALUES ('s', 9, 1, 7, 2, 50)");
    db.run(
      `INSERT INTO conversations (conversation_id, kind, members, last_message_id, countable_total, read_message_id, read_total, mentioned_in,
         pinned, archived, marked_unread, updated_at, activity, version) VALUES ('c', 'group', '[]', 1, 1, 0, 0, '[]', 1, 0, 0, 1, 1, 1)`,
    );
    migrateExisting(db, INBOX);
    expect(db.all('SELECT * FROM walks')).toEqual([
      { task: 'end s', walked_to: 9, down_to: 1, began_at: 7, failures: 2, retry_at: 50, missed: '[]' },
    ]);
    expect(db.all('SELECT pinned, at_least, pushes, pushed_to, draft_at, draft FROM conversations')).toEqual([
      { pinned: 1, at_least: 1, pushes: '[]', pushed_to: 0, draft_at: 0, draft: null },
    ]);
  });
});
