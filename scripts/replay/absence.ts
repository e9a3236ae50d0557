/** Those who are away while a day is played: their devices, where their notifications go, and what came. */
import type { Device, WebSubscription } from '../../protocol/devices.ts';
import { uuidv5 } from '../../protocol/ids.ts';
import { notificationDifferences, type Awaited } from './inbox-verdict.ts';
import type { Difference } from './check.ts';
import { eachOf, patiently, pause, type OnWait } from './patience.ts';
import type { PushDesk } from './push-desk.ts';
import type { Seat, Stage } from './stage.ts';

const AT_ONCE = 4;
const LOOK_MS = 200;
/** A notification may wait for the second window of one who is away (10 s), the third (60 s), and the queue. */
const LAST_NOTIFICATION_MS = 80_000;

export interface Absent {
  seat: Seat;
  subscription: WebSubscription;
  unreadElsewhere: number;
}

/** The device that an absent member comes back with: the same in every run. */
export const phoneOf = (userId: string): Promise<string> => uuidv5(`replay phone of ${userId}`);

export type Registered = { ok: true; absent: Absent[] } | { ok: false; reason: string };

/** Registers their devices, and tries one: the server may send its notifications somewhere else. */
export async function registerAbsent(stage: Stage, desk: PushDesk, onWait: OnWait): Promise<Registered> {
  const away = stage.seats.filter(({ role }) => role === 'away');
  const absent = await eachOf(away, AT_ONCE, async (seat): Promise<Absent> => {
    const { api } = seat.client;
    const subscription = desk.subscribe();
    await patiently(async (): Promise<Device> => {
      const device_id = await seat.client.deviceId();
      await api.putDevice(device_id, { name: 'Phone', platform: 'android' });
      return api.putPushAddress(device_id, { kind: 'web', subscription });
    }, onWait);
    return { seat, subscription, unreadElsewhere: await unreadBesides(stage.conversationId, seat, onWait) };
  });
  const first = absent[0];
  if (first === undefined) return { ok: true, absent };
  const test = await patiently(async () => first.seat.client.api.testPush(await first.seat.client.deviceId()), onWait);
  if (test.ok) return { ok: true, absent };
  const failed = test.steps.find(({ ok }) => !ok);
  const start = `WEB_PUSH_ORIGIN=${desk.origin} LIMITS=relaxed npm start`;
  return { ok: false, reason: `its notifications do not come here (${failed?.step}: ${failed?.detail}). Start it with: ${start}` };
}

/** Waits until everybody has what they are to get, then tells what differs. */
export async function checkNotifications(
  absent: readonly Absent[],
  desk: PushDesk,
  awaited: Pick<Awaited, 'said' | 'groupTitle' | 'nameOf' | 'startedAt' | 'conversationId'>,
  now: () => number,
  onProgress: (done: number) => void,
): Promise<Difference[]> {
  const until = now() + LAST_NOTIFICATION_MS;
  for (;;) {
    const found = absent.map(({ seat: { name, user_id: userId }, subscription, unreadElsewhere }): Difference => {
      const received = desk.received(subscription);
      return { name, differences: notificationDifferences(received, { ...awaited, userId, unreadElsewhere }) };
    });
    const differing = found.filter(({ differences }) => differences.length > 0);
    onProgress(absent.length - differing.length);
    const refusals = [...new Set(desk.refusals())];
    if (differing.length === 0 || now() > until) {
      return refusals.length === 0 ? differing : [...differing, { name: 'the push service refused', differences: refusals }];
    }
    await pause(LOOK_MS);
  }
}

async function unreadBesides(conversationId: string, { client: { api } }: Seat, onWait: OnWait): Promise<number> {
  let unread = 0;
  let cursor: string | undefined;
  for (let more = true; more;) {
    const page = await patiently(() => api.inbox(cursor), onWait);
    for (const row of page.conversations) if (row.conversation_id !== conversationId) unread += row.unread_count;
    cursor = page.cursor;
    more = page.has_more;
  }
  return unread;
}
