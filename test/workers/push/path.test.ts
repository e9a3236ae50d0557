/** [P6] From a message to the notification: conversation, inbox, queue, consumer, provider, and the outcome home again. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LEASE_MS } from '../../../protocol/limits.ts';
import { signUp, watchDatabase } from '../accounts/support.ts';
import { uuid } from '../conversation/room.ts';
import { addDevice, complaints, consume, inboxOf, makeStage, pair, say, sayMore, type Pair, type Stage } from './stage.ts';
import { inboxHeaders } from '../user-inbox/proof.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await makeStage();
});
afterEach(() => {
  vi.restoreAllMocks();
  if (complaints(stage).length > 0) throw new Error(complaints(stage).join('; '));
});

const jobs = () => stage.queued.splice(0).map(({ job }) => job);
const reasons = async (user: string) => (await inboxOf(user).pushLog()).map(({ reason }) => reason);

/** Opens the inbox socket of a device; it answers nothing by itself. */
async function openInbox(user: string, device_id: string): Promise<WebSocket> {
  const origin = { session_id: uuid(), expires_at: Date.now() + 3_600_000, device_id };
  const response = await inboxOf(user).fetch(new Request('https://inbox/socket', { headers: inboxHeaders(origin) }));
  const socket = response.webSocket!;
  socket.accept();
  return socket;
}

describe('[A15] a message that was deleted before its notification went', () => {
  it('notifies nobody, and what stands unread before it does', async () => {
    const them = await pair();
    const subscription = stage.web.subscribe();
    await addDevice(them.ben, { kind: 'web', subscription });
    const first = await say(them, 'regretted');
    await them.room.stub().submit(them.ann, { op: 'delete', global_id: uuid(), target: first });
    expect(await consume(stage.env, jobs())).toMatchObject({ acked: 1, retried: 0 });
    expect(stage.web.received(subscription)).toEqual([]);

    const kept = await say(them, 'kept');
    await sayMore(them, 'also regretted');
    await them.room.stub().submit(them.ann, { op: 'delete', global_id: uuid(), target: kept + 1 });
    expect(await consume(stage.env, jobs())).toMatchObject({ acked: 1, retried: 0 });
    expect(stage.web.received(subscription)).toMatchObject([{ payload: { message_id: kept } }]);
  });
});

describe('[B4] a message of one who was blocked meanwhile', () => {
  it('notifies nobody', async () => {
    const them = await pair();
    const subscription = stage.web.subscribe();
    await addDevice(them.ben, { kind: 'web', subscription });
    await say(them, 'hello');
    await inboxOf(them.ben).setBlocked(them.ann, true);
    expect(await consume(stage.env, jobs())).toMatchObject({ acked: 1, retried: 0 });
    expect(stage.web.received(subscription)).toEqual([]);
  });
});

describe('[P6] a message to one who is away', () => {
  it('reaches every device, by name of the sender and without a word of what it says', async () => {
    const ann = await signUp(stage.env, { name: 'Ann' });
    const them = { ...(await pair(2, ann.user_id)), ann: ann.user_id };
    const subscription = stage.web.subscribe();
    const [token, deviceToken] = [stage.fcm.register(), stage.apns.register()];
    const web = await addDevice(them.ben, { kind: 'web', subscription });
    const android = await addDevice(them.ben, { kind: 'fcm', token });
    const iphone = await addDevice(them.ben, { kind: 'apns', token: deviceToken, topic: 'chat.natter' });
    const message_id = await say(them, 'a secret');
    expect(stage.queued.map(({ delaySeconds }) => delaySeconds)).toEqual([0]);
    expect(await consume(stage.env, jobs())).toEqual({ acked: 1, retried: 0, delays: [] });

    const payload = { conversation_id: them.room.id, message_id, title: 'Ann', body: 'You have a new message', badge: 1 };
    expect(stage.web.received(subscription)).toEqual([
      { payload, topic: expect.stringMatching(/^[\w-]{32}$/) as string, ttl: 2_419_200, urgency: 'high', bytes: 4_096 },
    ]);
    expect(stage.fcm.messages).toEqual([
      {
        token,
        notification: { title: 'Ann', body: payload.body },
        data: { ...payload, message_id: String(message_id), badge: '1' },
        android: {
          collapse_key: them.room.id,
          priority: 'high',
          ttl: '2419200s',
          notification: { tag: them.room.id, notification_count: 1 },
        },
      },
    ]);
    expect(stage.apns.notifications.map(({ body }) => body)).toEqual([
      {
        aps: { alert: { title: 'Ann', body: payload.body }, badge: 1, sound: 'default', 'thread-id': them.room.id },
        conversation_id: them.room.id,
        message_id,
      },
    ]);
    expect(stage.apns.notifications[0]!.headers).toMatchObject({
      'apns-topic': 'chat.natter',
      'apns-push-type': 'alert',
      'apns-priority': '10',
      'apns-collapse-id': them.room.id,
    });
    const log = await inboxOf(them.ben).pushLog();
    expect(log.map(({ device_id, reason, outcome }) => [device_id, reason, outcome]).toSorted()).toEqual(
      [web, android, iphone].map((device) => [device, 'sent', 'sent']).toSorted(),
    );
  });

  it('is sent nameless when D1 is down', async () => {
    const { them, subscription } = await benWithBrowser();
    await say(them, 'hello');
    const { db, fail } = watchDatabase(stage.env.DB);
    fail(true);
    await consume({ ...stage.env, DB: db }, jobs());
    expect(stage.web.received(subscription).map(({ payload }) => payload.title)).toEqual(['New message']);
  });

  it('in a group says in which', async () => {
    const ann = await signUp(stage.env, { name: 'Ann' });
    const them = { ...(await pair(3, ann.user_id)), ann: ann.user_id };
    const subscription = stage.web.subscribe();
    await addDevice(them.ben, { kind: 'web', subscription });
    await say(them, 'hello');
    await consume(stage.env, jobs());
    expect(stage.web.received(subscription).map(({ payload }) => payload.title)).toEqual(['Ann in A group']);
  });

  it('is not sent when it was read before the job came', async () => {
    const { them, subscription } = await benWithBrowser();
    const message_id = await say(them, 'hello');
    await them.room.stub().read(them.ben, message_id);
    expect(await consume(stage.env, jobs())).toMatchObject({ acked: 1 });
    expect(stage.web.received(subscription)).toEqual([]);
    expect(await reasons(them.ben)).toEqual(['read_meanwhile']);
  });

  it('is not sent when it was muted, before the message or after', async () => {
    const { them, subscription } = await benWithBrowser();
    await say(them, 'one');
    await inboxOf(them.ben).changeSettings(them.room.id, { muted_until: Date.now() + 3_600_000 });
    await consume(stage.env, jobs());
    await sayMore(them, 'two');
    expect(stage.queued).toEqual([]);
    expect(stage.web.received(subscription)).toEqual([]);
    expect(await reasons(them.ben)).toContain('muted');
  });

  it('twice within ten seconds is one notification now and one later', async () => {
    const { them, subscription } = await benWithBrowser();
    await say(them, 'one');
    await consume(stage.env, jobs());
    await sayMore(them, 'two');
    expect(stage.queued.map(({ delaySeconds }) => delaySeconds > 0 && delaySeconds <= 10)).toEqual([true]);
    expect(await consume(stage.env, jobs())).toMatchObject({ acked: 0, retried: 1 });
    expect(stage.web.received(subscription)).toHaveLength(1);
  });

  it('comes once, although the queue brings the job twice', async () => {
    const { them, subscription } = await benWithBrowser();
    await say(them, 'hello');
    const [job] = jobs();
    await consume(stage.env, [job, job]);
    await consume(stage.env, [job]);
    expect(stage.web.received(subscription)).toHaveLength(1);
  });
});

describe('[P6] a device that is there', () => {
  it('an active one holds the notification back for the rest of 30 s', async () => {
    const { them, subscription } = await benWithBrowser();
    const socket = await openInbox(them.ben, uuid());
    await say(them, 'hello');
    expect(stage.queued.map(({ delaySeconds }) => delaySeconds)).toEqual([30]);
    expect(await consume(stage.env, jobs())).toMatchObject({ acked: 0, retried: 1, delays: [30] });
    expect(stage.web.received(subscription)).toEqual([]);
    expect(await reasons(them.ben)).toEqual(['device_active']);
    socket.close();
  });

  it('and still unread after them, it is sent to the others', async () => {
    const { them, subscription } = await benWithBrowser();
    const socket = await openInbox(them.ben, uuid());
    await say(them, 'hello');
    await consume(
      stage.env,
      jobs().map((job) => ({ ...job, queued_at: job.queued_at - 30_000 })),
    );
    expect(stage.web.received(subscription)).toHaveLength(1);
    socket.close();
  });

  it('one that was lost with deliveries it never acknowledged leads to a job when its lease ends', async () => {
    const { them, subscription, device } = await benWithBrowser();
    const openedAt = Date.now();
    const socket = await openInbox(them.ben, device);
    const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)));
    const clock = vi.spyOn(Date, 'now').mockReturnValue(openedAt + 20_000);
    await say(them, 'hello');
    expect(stage.queued).toEqual([]);
    await vi.waitUntil(() => runInDurableObject(inboxOf(them.ben), async (_object, { storage }) => (await storage.getAlarm()) !== null), {
      timeout: 10_000,
    });
    clock.mockReturnValue(openedAt + LEASE_MS + 1_000);
    await runDurableObjectAlarm(inboxOf(them.ben));
    expect(stage.queued.map(({ job, delaySeconds }) => [job.conversation_id, delaySeconds])).toEqual([[them.room.id, 0]]);
    expect(await closed).toBe(4408);
    await consume(stage.env, jobs());
    expect(stage.web.received(subscription)).toHaveLength(1);
  });
});

/** Ben's browser has a subscription. */
async function benWithBrowser(moods: Parameters<Stage['web']['subscribe']>[0] = []) {
  const them: Pair = await pair();
  const subscription = stage.web.subscribe(moods);
  const device = await addDevice(them.ben, { kind: 'web', subscription });
  return { them, subscription, device };
}
