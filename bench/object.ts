/** What every object here has: a storage whose rows are counted, and an alarm that rings by the virtual clock. */
import { Alarms } from '../durable/kit/alarms.ts';
import { Database } from '../durable/kit/database.ts';
import type { Clock } from './clock.ts';
import { memoryStorage } from './storage.ts';

export interface CountedObject {
  db: Database;
  alarms: Alarms;
}

/** @param ring what the object does when its alarm rings */
export function createObject(clock: Clock, ring: () => Promise<void>): CountedObject {
  let setTo: number | null = null;
  const db = new Database(
    memoryStorage((at) => {
      setTo = at;
      clock.schedule(() => {
        // Another has taken its place.
        if (setTo !== at) return;
        setTo = null;
        alarms.rang();
        void ring();
      }, at - clock.now());
    }),
  );
  const alarms = new Alarms(db);
  return { db, alarms };
}
