/** The sweeps of a user's object, hurried along: what waits for its time is due. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import type { UserInbox } from '../../../durable/user-inbox/object.ts';

const inboxes = (env as unknown as { USER_INBOX: DurableObjectNamespace<UserInbox> }).USER_INBOX;
const stubOf = (user: string) => inboxes.get(inboxes.idFromName(user));

const left = (user: string): Promise<unknown[]> =>
  runInDurableObject(stubOf(user), (_object, state) => state.storage.sql.exec('SELECT task, missed FROM walks').toArray());

/** What failed, and the last round: an alarm each. */
export async function dueNow(user: string): Promise<void> {
  await runInDurableObject(stubOf(user), (_object, state) => void state.storage.sql.exec('UPDATE walks SET retry_at = 0'));
  await runDurableObjectAlarm(stubOf(user));
}

/** Until nothing is stored any more; then an alarm that is still armed finds nothing to do. */
export async function toTheEnd(user: string): Promise<void> {
  await expect
    .poll(async () => {
      await dueNow(user);
      return left(user);
    })
    .toEqual([]);
  await runDurableObjectAlarm(stubOf(user));
  expect(await runDurableObjectAlarm(stubOf(user))).toBe(false);
}
