/** One alarm for everything pending. */
import { describe, expect, it } from 'vitest';
import { Alarms, backoffMs } from '../../../durable/kit/alarms.ts';
import { Database } from '../../../durable/kit/database.ts';
import { SqliteStorage } from '../../support/sqlite-storage.ts';

function armed(): { storage: SqliteStorage; db: Database; alarms: Alarms; stored: () => Promise<number | null> } {
  const storage = new SqliteStorage();
  const db = new Database(storage.handle());
  return { storage, db, alarms: new Alarms(db), stored: () => db.getAlarm() };
}

describe('[P4] the alarm', () => {
  it('moves earlier but never later, and is not armed twice for the same moment', async () => {
    const { db, alarms, stored } = armed();
    for (const at of [100, 200, 100, 50, 70]) alarms.arm(at);
    expect(await stored()).toBe(50);
    expect(db.usage.alarmsSet).toBe(2);
  });

  it('after it rang can be armed for any moment again', async () => {
    const { alarms, stored } = armed();
    alarms.arm(50);
    alarms.rang();
    expect(alarms.armedAt).toBeNull();
    alarms.arm(500);
    expect(await stored()).toBe(500);
  });

  it('of a woken object is the one the platform still holds, not armed again', async () => {
    const { storage, alarms } = armed();
    alarms.arm(50);
    storage.commit();
    const db = new Database(storage.handle());
    const woken = new Alarms(db);
    await woken.restore();
    woken.arm(60);
    expect(woken.armedAt).toBe(50);
    expect(db.usage.alarmsSet).toBe(0);
  });

  it('is not armed when nothing is pending', async () => {
    const { alarms, stored } = armed();
    alarms.arm(null);
    expect(await stored()).toBeNull();
  });
});

describe('backing off', () => {
  it('doubles from ten seconds to an hour', () => {
    expect([1, 2, 3, 9, 10, 100].map(backoffMs)).toEqual([10_000, 20_000, 40_000, 2_560_000, 3_600_000, 3_600_000]);
  });
});
