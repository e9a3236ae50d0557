/** The stand-in for an object's storage, held to what the platform promises. */
import { describe, expect, it } from 'vitest';
import { Database } from '../../../durable/kit/database.ts';
import { SqliteStorage } from '../../support/sqlite-storage.ts';

function table(): { storage: SqliteStorage; db: Database; names: () => string[] } {
  const storage = new SqliteStorage();
  const db = new Database(storage.handle());
  db.run('CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT');
  storage.commit();
  return { storage, db, names: () => db.all<{ name: string }>('SELECT name FROM t ORDER BY id').map(({ name }) => name) };
}

const put = (db: Database, name: string): void => db.run('INSERT INTO t (name) VALUES (?)', name);

describe('a turn', () => {
  it('is lost whole in a crash, the alarm with it, and kept whole once committed', async () => {
    const { storage, db, names } = table();
    put(db, 'kept');
    db.setAlarm(1);
    storage.commit();
    put(db, 'lost');
    db.setAlarm(2);
    storage.crash();
    expect(names()).toEqual(['kept']);
    expect(await db.getAlarm()).toBe(1);
  });

  it('of an object that was killed can write nothing more', () => {
    const { storage, names } = table();
    const dead = new Database(storage.handle(() => false));
    expect(() => put(dead, 'ghost')).toThrow('killed');
    dead.setAlarm(7);
    storage.commit();
    expect(storage.durableAlarm).toBeNull();
    expect(names()).toEqual([]);
  });
});

describe('a transaction', () => {
  it('that throws undoes what was written inside, and only that', () => {
    const { db, names } = table();
    put(db, 'before');
    const attempt = () =>
      db.transaction(() => {
        put(db, 'inside');
        throw new Error('no');
      });
    expect(attempt).toThrow('no');
    put(db, 'after');
    expect(names()).toEqual(['before', 'after']);
  });

  it('nests: an inner one that throws leaves the outer one’s writes', () => {
    const { db, names } = table();
    db.transaction(() => {
      put(db, 'outer');
      expect(() =>
        db.transaction(() => {
          put(db, 'inner');
          throw new Error('inner');
        }),
      ).toThrow('inner');
    });
    expect(names()).toEqual(['outer']);
  });
});

describe('the meter', () => {
  it('counts rows read as far as the reader went, rows written, statements, transactions and alarms', () => {
    const { db } = table();
    const before = { ...db.usage };
    db.transaction(() => ['a', 'b', 'c'].forEach((name) => put(db, name)));
    for (const row of db.each<{ id: number }>('SELECT id FROM t ORDER BY id')) if (row.id === 2) break;
    db.setAlarm(5);
    const spent = Object.fromEntries(Object.entries(db.usage).map(([key, value]) => [key, value - before[key as keyof typeof before]]));
    expect(spent).toEqual({ rowsRead: 2, rowsWritten: 4, statements: 4, transactions: 1, alarmsSet: 1 });
  });
});
