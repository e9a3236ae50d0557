/** Who is there: subscribing watches. What is sent is counted. */
import { expect, test } from 'vitest';
import { createPresences, WATCH_RENEWAL_MS } from '../../../client/src/presences.ts';
import type { InboxClientFrame } from '../../../protocol/inbox.ts';
import { WATCHED_USERS_MAX } from '../../../protocol/limits.ts';
import { ANN, BEN, createInboxStage } from '../../support/client-inbox-stage.ts';
import { createClock } from '../../support/client-clock.ts';

function stage() {
  const clock = createClock();
  const sent: InboxClientFrame[] = [];
  const presences = createPresences(clock, (frame) => sent.push(frame));
  return { clock, sent, presences, watch: (userId: string) => presences.of(userId).subscribe(() => {}) };
}
const watch = (...user_ids: string[]): InboxClientFrame => ({ op: 'watch', user_ids });

test('subscriptions are gathered into one set, sent again at half its lease, and emptied with the last of them', async () => {
  const { clock, sent, presences, watch: subscribe } = stage();
  presences.greeted();
  const cancels = ['a', 'b', 'a'].map(subscribe);
  await clock.run(1_000);
  expect(sent).toEqual([watch('b', 'a')]);
  await clock.run(WATCH_RENEWAL_MS);
  expect(sent.length).toBe(2);
  for (const cancel of [...cancels, ...cancels]) cancel();
  await clock.run(1_000);
  expect(sent.slice(2)).toEqual([watch()]);
  await clock.run(2 * WATCH_RENEWAL_MS);
  expect(sent.length).toBe(3);
});

test('the newest 200 win, and who falls out is not known any more', async () => {
  const { clock, sent, presences, watch: subscribe } = stage();
  presences.greeted();
  subscribe('first');
  await clock.run(1_000);
  presences.heard({ op: 'presence', user_id: 'first', status: 'online' });
  expect(presences.of('first').get()).toEqual({ status: 'online' });
  for (let index = 0; index < WATCHED_USERS_MAX; index++) subscribe(`user-${index}`);
  await clock.run(1_000);
  const last = sent.at(-1);
  expect([last?.op === 'watch' && last.user_ids.length, presences.of('first').get()]).toEqual([WATCHED_USERS_MAX, null]);
});

test('without a link nothing is known; with the next the set and an absence are said again', async () => {
  const { clock, sent, presences, watch: subscribe } = stage();
  subscribe('a');
  presences.setActive(false);
  await clock.run(1_000);
  expect(sent).toEqual([]);
  presences.greeted();
  presences.heard({ op: 'presence', user_id: 'a', status: 'offline', last_seen: 7 });
  expect(presences.of('a').get()).toEqual({ status: 'offline', last_seen: 7 });
  presences.shut();
  expect(presences.of('a').get()).toBeNull();
  presences.greeted();
  expect(sent).toEqual([{ op: 'active', on: false }, watch('a'), { op: 'active', on: false }, watch('a')]);
});

test('over the inbox socket', async () => {
  const { clock, service, heard, start } = createInboxStage('a');
  const { client } = start(ANN);
  client.inbox.open();
  const ben = client.presence(BEN);
  ben.subscribe(() => {});
  client.setActive(false);
  await clock.run(1_000);
  service.inboxes.get(ANN)!.tellPresence(BEN, 'idle');
  await clock.run(100);
  expect([ben.get(), heard.filter((frame) => !/"ack"/.test(JSON.stringify(frame)))]).toEqual([
    { status: 'idle' },
    [{ op: 'active', on: false }, watch(BEN)],
  ]);
});
