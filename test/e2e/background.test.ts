/** The app is open and somebody looks elsewhere: its socket is there, so no push comes, and the page itself tells. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { WebPushService } from '../../scripts/push/web-push-service.ts';
import { Person, launchBrowser } from '../support/browser.ts';
import { Device } from '../support/desktop/device.ts';
import { hiddenPage, setSeen } from '../support/visibility.ts';

const url = inject('serverUrl');
let device: Device;
let browser: Awaited<ReturnType<typeof launchBrowser>>;
let ann: Person;
let bob: Person;
let direct: string;
let group: string;

// Elsewhere Chromium shows its notifications in other ways than over D-Bus, and there is nobody to click them.
describe.runIf(process.platform === 'linux')('in the background', () => {
  beforeAll(async () => {
    browser = await launchBrowser();
    device = await Device.start(url, new WebPushService().subscribe());
    ann = await Person.enter(device.context, 'Ann Lee');
    bob = await Person.arrive(browser, url, 'Bob Stone');
    await Promise.all([ann.signUp(), bob.signUp()]);
    const { user_id: annId } = await ann.ask<{ user_id: string }>('GET', '/v1/me');
    const make = (body: object) => bob.ask<{ conversation_id: string }>('POST', '/v1/conversations', body);
    direct = (await make({ kind: 'direct', user_id: annId })).conversation_id;
    group = (await make({ kind: 'group', title: 'Hikers', member_ids: [annId] })).conversation_id;
    await Promise.all([ann.line(/Bob Stone/).waitFor(), ann.line(/Hikers/).waitFor()]);
    await ann.page.getByRole('button', { name: /^Your account/ }).click();
    await ann.page.getByRole('menuitem', { name: 'Settings' }).click();
    await ann.page.getByRole('switch', { name: 'Notifications on this device' }).click();
    await ann.page.getByText('You are told who wrote, also when Natter is closed.').waitFor();
    await ann.page.close();
    ann.page = await hiddenPage(device.context, '/');
    await setSeen(ann.page, true);
    await ann.line(/Hikers/).waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await device?.stop();
  });

  test('[P6] a message is told while nobody looks, and not what it says', async () => {
    await say(direct, 'seen at once');
    await ann.line(/Bob Stone.*seen at once/).waitFor();
    await setSeen(ann.page, false);
    await say(direct, 'Meet me at nine');
    await expect.poll(onScreen).toEqual(['Bob Stone']);
    expect(await device.notifications()).toEqual([shown('Bob Stone', direct, 2)]);
    await say(group, 'Who is coming?');
    await expect.poll(onScreen).toEqual(['Bob Stone', 'Bob Stone in Hikers']);
  });

  test('[P6] a push of the same conversation takes its place', async () => {
    const payload = { conversation_id: direct, message_id: 2, title: 'Bob Stone', body: 'You have a new message', badge: 3 };
    await device.deliver(JSON.stringify(payload));
    await expect
      .poll(async () => (await device.notifications()).toSorted((one, other) => one.title.localeCompare(other.title)))
      .toEqual([shown('Bob Stone', direct, 2), shown('Bob Stone in Hikers', group, 1)]);
    expect(onScreen().toSorted()).toEqual(['Bob Stone', 'Bob Stone in Hikers']);
  });

  test('what was read elsewhere is taken away', async () => {
    await ann.ask('PUT', `/v1/conversations/${group}/read`, { message_id: 1 });
    await expect.poll(onScreen).toEqual(['Bob Stone']);
  });

  test('a click opens the conversation in the tab that is there', async () => {
    device.desktop.click(device.desktop.shown()[0]!);
    await ann.shows(['seen at once', 'Meet me at nine']);
    expect(new URL(ann.page.url()).pathname).toBe(`/c/${direct}`);
    expect(onScreen()).toEqual([]);
  });

  test('nothing went wrong in the pages', () => {
    expect(ann.troubles).toEqual([]);
  });
});

const say = (conversationId: string, content: string) =>
  bob.ask('POST', `/v1/conversations/${conversationId}/messages`, { global_id: crypto.randomUUID(), type: 'text', content });
const onScreen = (): string[] => device.desktop.shown().map(({ title }) => title);
const shown = (title: string, conversation_id: string, message_id: number) => ({
  title,
  body: 'You have a new message',
  tag: conversation_id,
  data: { conversation_id, message_id },
});
