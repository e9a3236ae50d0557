/**
 * A Web Push from one person's message to the other's click. Only the vendor's push service is a stand-in, for
 * none can be reached from a test: it checks and decrypts what the Worker sends, and what it was sent is handed to
 * the browser. The service worker, the notification and the click are Chromium's own, on a desktop without a screen.
 */
import { createHash } from 'node:crypto';
import { createClient, memoryStorage, type Client } from '@natter/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { uuidv7 } from '../../protocol/ids.ts';
import { serve } from '../../scripts/push/serve.ts';
import { WebPushService, type Received } from '../../scripts/push/web-push-service.ts';
import { enter } from '../../scripts/replay/accounts.ts';
import { Device, notificationOf, payloadOf } from '../support/desktop/device.ts';
import { Person } from '../support/person.ts';
import { startServer, type RunningServer } from '../support/server.ts';

const DAY_S = 24 * 3_600;
const pushService = new WebPushService();
const subscription = pushService.subscribe();
const ann = new Person('Ann Lee');
let standIn: Awaited<ReturnType<typeof serve>>;
let server: RunningServer;
let device: Device;
/** Ann's other device, which has no notifications and no page. */
let phone: Client;
let bob: Client;
let direct: string;
let group: string;
let third: string;

// Elsewhere Chromium shows its notifications in other ways than over D-Bus, and there is nobody to click them.
describe.runIf(process.platform === 'linux')('notifications', () => {
  beforeAll(async () => {
    standIn = await serve(pushService);
    server = await startServer({ WEB_PUSH_ORIGIN: standIn.origin });
    device = await Device.start(server.url, subscription);
    await ann.arrive(device.context);
    await ann.signUp();
    [phone, bob] = await Promise.all([clientOf(ann.username, ann.name), clientOf(`bob_${crypto.randomUUID().slice(0, 8)}`, 'Bob Stone')]);
    const { user_id: annId } = await phone.api.me();
    direct = (await bob.api.createDirect(annId)).conversation_id;
    group = (await bob.api.createGroup('Hikers', [annId])).conversation_id;
    third = (await bob.api.createGroup('Runners', [annId])).conversation_id;
    await Promise.all([ann.line(/Bob Stone/).waitFor(), ann.line(/Hikers/).waitFor()]);
  });

  afterAll(async () => {
    await Promise.all([phone?.close(), bob?.close()]);
    await device?.stop();
    await server?.stop();
    await standIn?.close();
  });

  test('are turned on by a click', async () => {
    await ann.chooseInAccount('Settings');
    expect(await notifications().isChecked()).toBe(false);
    await notifications().click();
    await ann.page.getByText('You are told who wrote, also when Natter is closed.').waitFor();
    await expect.poll(() => notifications().isChecked()).toBe(true);
    const { devices } = await phone.api.devices();
    expect(devices.map(({ push }) => push)).toEqual(['web']);
  });

  test('[P6] a message that comes while the app is closed is told, and not what it says', async () => {
    await ann.leave();
    await say(direct, 'Meet me at nine');
    const received = await pushed(direct, 1);
    expect(received).toEqual({
      payload: payloadOf('Bob Stone', direct, 1, 1),
      topic: createHash('sha256').update(direct).digest('base64url').slice(0, 32),
      ttl: 28 * DAY_S,
      urgency: 'high',
      bytes: 4_096,
    });
    expect(JSON.stringify(received)).not.toContain('nine');

    await device.deliver(JSON.stringify(received.payload));
    await expect.poll(onScreen).toEqual(['Bob Stone']);
    await expect.poll(() => device.notifications()).toEqual([notificationOf('Bob Stone', direct, 1)]);
  });

  test('[P6] the next message of a conversation replaces its notification, and what was read elsewhere is taken away', async () => {
    await say(group, 'Who is coming?');
    const ofGroup = await pushed(group, 1);
    await device.deliver(JSON.stringify(ofGroup.payload));
    await expect.poll(onScreen).toEqual(['Bob Stone', 'Bob Stone in Hikers']);
    await phone.api.read(group, ofGroup.payload.message_id);
    await expect.poll(async () => (await phone.api.inbox()).conversations.map((row) => row.unread_count).toSorted()).toEqual([0, 0, 1]);

    await say(direct, 'Or at ten');
    const ofDirect = await pushed(direct, 2);
    expect(ofDirect.payload).toEqual(payloadOf('Bob Stone', direct, 2, 2));
    await device.deliver(JSON.stringify(ofDirect.payload));
    await expect.poll(onScreen).toEqual(['Bob Stone']);
    await expect.poll(() => device.notifications()).toEqual([notificationOf('Bob Stone', direct, 2)]);
  });

  test('[P6] a click opens the conversation', async () => {
    const opened = device.context.waitForEvent('page');
    device.desktop.click(device.desktop.shown()[0]!);
    ann.page = await opened;
    await ann.shows(['Meet me at nine', 'Or at ten']);
    expect(new URL(ann.page.url()).pathname).toBe(`/c/${direct}`);
    expect(onScreen()).toEqual([]);
    await device.stopServiceWorker();
    await expect.poll(() => device.notifications()).toEqual([]);
  });

  test('[P6] opening the app takes away what was read on another device meanwhile', async () => {
    await ann.leave();
    await say(group, 'Bring water');
    const { payload } = await pushed(group, 2);
    await device.deliver(JSON.stringify(payload));
    await expect.poll(onScreen).toEqual(['Bob Stone in Hikers']);
    await phone.api.read(group, payload.message_id);

    ann.page = await device.context.newPage();
    await ann.page.goto('/');
    await expect.poll(onScreen).toEqual([]);
    await expect.poll(() => device.notifications()).toEqual([]);
  });

  test('[P6] a page that hears nothing any more does not take away what it does not know', async () => {
    await ann.chooseInAccount('Settings');
    await expect.poll(() => notifications().isChecked()).toBe(true);
    await ann.fallSilent();
    await say(third, 'Still awake?');
    const { payload } = await pushed(third, 1);
    const heard = await ann.page.evaluateHandle(() => ({
      message: new Promise<void>((resolve) => navigator.serviceWorker.addEventListener('message', () => resolve(), { once: true })),
    }));
    await device.deliver(JSON.stringify(payload));
    await heard.evaluate(({ message }) => message);
    // What the page did about it comes before what is asked of it next, and on the screen before what is shown next.
    await ann.page.evaluate(async () => void (await (await navigator.serviceWorker.ready).getNotifications()));
    await device.deliver('something that a later version sends');
    await expect.poll(onScreen).toEqual(['Bob Stone in Runners', 'Natter']);
  });

  test('nothing was refused, sent twice, or went wrong in the pages', () => {
    expect([pushService.refusals, pushService.received(subscription).length, ann.troubles]).toEqual([[], 5, []]);
  });
});

const notifications = () => ann.page.getByRole('switch', { name: 'Notifications on this device' });

/** A client of its own, which has no socket until it is asked for one. */
async function clientOf(username: string, name: string): Promise<Client> {
  const { token } = await enter(server.url, { username, name, password: 'correct horse battery' });
  return createClient({ url: server.url, auth: { kind: 'token', token }, storage: memoryStorage() });
}

const say = (conversationId: string, content: string) =>
  bob.api.send(conversationId, { global_id: uuidv7(Date.now()), type: 'text', content });

/** The push about a conversation with this number, once it has come. */
async function pushed(conversationId: string, number: number): Promise<Received> {
  const received = () => pushService.received(subscription).filter(({ payload }) => payload.conversation_id === conversationId);
  await expect.poll(() => received().length, { timeout: 30_000 }).toBe(number);
  return received()[number - 1]!;
}

const onScreen = (): string[] => device.desktop.shown().map(({ title }) => title);
