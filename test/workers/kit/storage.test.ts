/** What the kit relies on, asked of the platform itself: the same that test/unit/kit/storage.test.ts asks of the stand-in. */
import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { Alarms } from '../../../durable/kit/alarms.ts';
import { Database } from '../../../durable/kit/database.ts';
import { migrateExisting, createSchema, schemaVersion, type Migrations } from '../../../durable/kit/migrate.ts';
import type { UserInbox } from '../../../durable/user-inbox/object.ts';
import { env, uuid } from '../conversation/room.ts';

const inboxes = env.USER_INBOX as unknown as DurableObjectNamespace<UserInbox>;

/** In an object of nobody’s, with a table of its own. */
function inObject<T>(work: (db: Database) => T | Promise<T>): Promise<T> {
  return runInDurableObject(inboxes.get(inboxes.idFromName(uuid())), (_object, state) => {
    const db = new Database(state.storage);
    db.run('CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT');
    return work(db);
  });
}

const put = (db: Database, name: string): void => db.run('INSERT INTO t (name) VALUES (?)', name);
const names = (db: Database): string[] => db.all<{ name: string }>('SELECT name FROM t ORDER BY id').map(({ name }) => name);

describe('a transaction', () => {
  it('that throws undoes what was written inside, and only that', async () => {
    const left = await inObject((db) => {
      put(db, 'before');
      const attempt = (): void =>
        db.transaction(() => {
          put(db, 'inside');
          throw new Error('no');
        });
      expect(attempt).toThrow('no');
      put(db, 'after');
      return names(db);
    });
    expect(left).toEqual(['before', 'after']);
  });

  it('nests: an inner one that throws leaves the outer one’s writes', async () => {
    const left = await inObject((db) => {
      db.transaction(() => {
        put(db, 'outer');
        const inner = (): void =>
          db.transaction(() => {
            put(db, 'inner');
            throw new Error('inner');
          });
        expect(inner).toThrow('inner');
      });
      return names(db);
    });
    expect(left).toEqual(['outer']);
  });
});

describe('the meter', () => {
  it('counts rows read as far as the reader went, rows written, statements, transactions and alarms', async () => {
    const spent = await inObject((db) => {
      const before = { ...db.usage };
      db.transaction(() => ['a', 'b', 'c'].forEach((name) => put(db, name)));
      for (const row of db.each<{ id: number }>('SELECT id FROM t ORDER BY id')) if (row.id === 2) break;
      db.setAlarm(Date.now() + 3_600_000);
      return Object.fromEntries(Object.entries(db.usage).map(([key, value]) => [key, value - before[key as keyof typeof before]]));
    });
    expect(spent).toMatchObject({ rowsWritten: 4, statements: 4, transactions: 1, alarmsSet: 1 });
    // The platform reads a row ahead of its reader at most, and counts the look an insertion takes.
    expect(spent['rowsRead']).toBeLessThanOrEqual(6);
  });
});

describe('alarms', () => {
  it('are found again after waking, and never moved later', async () => {
    const at = Date.now() + 3_600_000;
    const [restored, kept, earlier] = await inObject(async (db) => {
      new Alarms(db).arm(at);
      const woken = new Alarms(db);
      await woken.restore();
      const found = woken.armedAt;
      woken.arm(at + 1);
      const still = await db.getAlarm();
      woken.arm(at - 1);
      return [found, still, await db.getAlarm()];
    });
    expect([restored, kept, earlier]).toEqual([at, at, at - 1]);
  });
});

describe('migrations', () => {
  const STEPS: Migrations = [
    ['CREATE TABLE one (id INTEGER PRIMARY KEY)'],
    ['ALTER TABLE one ADD COLUMN name TEXT'],
    ['INSERT INTO one (id, name) VALUES (1, "x")'.replaceAll('"', "'")],
  ];

  it('leave an object alone that was never created, and lead every earlier version to the newest', async () => {
    const versions = await inObject((db) => {
      expect(migrateExisting(db, STEPS)).toBe(false);
      expect(schemaVersion(db)).toBe(0);
      createSchema(db, STEPS.slice(0, 1));
      expect(schemaVersion(db)).toBe(1);
      expect(migrateExisting(db, STEPS)).toBe(true);
      return [schemaVersion(db), db.all('SELECT id, name FROM one')];
    });
    expect(versions).toEqual([3, [{ id: 1, name: 'x' }]]);
  });

  it('that fail in the middle leave the version they began with', async () => {
    const version = await inObject((db) => {
      createSchema(db, STEPS.slice(0, 1));
      expect(() => migrateExisting(db, [STEPS[0]!, STEPS[1]!, ['INSERT INTO nowhere VALUES (1)']])).toThrow();
      return [schemaVersion(db), db.all<{ name: string }>("SELECT name FROM pragma_table_info('one')").map(({ name }) => name)];
    });
    expect(version).toEqual([1, ['id']]);
  });
});
