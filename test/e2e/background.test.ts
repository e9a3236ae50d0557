/** The app is open and somebody looks elsewhere: its socket is there, so no push comes, and the page itself tells. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { WebPushService } from '../../scripts/push/web-push-service.ts';
import { Device, notificationOf, payloadOf } from '../support/desktop/device.ts';
import { gather } from '../support/people.ts';
import { Person } from '../support/person.ts';
import { hiddenPage, setSeen } from '../support/visibility.ts';

const ann = new Person('Ann Lee');
let device: Device;
let direct: string;
let group: string;

// Elsewhere Chromium shows its notifications in other ways than over D-Bus, and there is nobody to click them.
describe.runIf(process.platform === 'linux')('in the background', () => {
  const [bob] = gather('Bob Stone');

  beforeAll(async () => {
    device = await Device.start(inject('serverUrl'), new WebPushService().subscribe());
    await ann.arrive(device.context);
    await ann.signUp();
    direct = await bob.meet(ann);
    group = await bob.meet(ann, 'Hikers');
    await Promise.all([ann.line(/Bob Stone/).waitFor(), ann.line(/Hikers/).waitFor()]);
    await ann.chooseInAccount('Settings');
    await ann.page.getByRole('switch', { name: 'Notifications on this device' }).click();
    await ann.page.getByText('You are told who wrote, also when Natter is closed.').waitFor();
    await ann.page.close();
    ann.page = await hiddenPage(device.context, '/');
    await setSeen(ann.page, true);
    await ann.line(/Hikers/).waitFor();
  });

  afterAll(() => device?.stop());

  test('[P6] a message is told while nobody looks, and not what it says', async () => {
    await bob.say(direct, 'seen at once');
    await ann.line(/Bob Stone.*seen at once/).waitFor();
    await setSeen(ann.page, false);
    await bob.say(direct, 'Meet me at nine');
    await expect.poll(onScreen).toEqual(['Bob Stone']);
    await expect.poll(() => device.notifications()).toEqual([notificationOf('Bob Stone', direct, 2)]);
    await bob.say(group, 'Who is coming?');
    await expect.poll(onScreen).toEqual(['Bob Stone', 'Bob Stone in Hikers']);
  });

  test('[P6] a push of the same conversation takes its place', async () => {
    await device.deliver(JSON.stringify(payloadOf('Bob Stone', direct, 2, 3)));
    await expect.poll(() => device.desktop.told).toEqual(['Bob Stone', 'Bob Stone in Hikers', 'Bob Stone']);
    await expect
      .poll(async () => (await device.notifications()).toSorted((one, other) => one.title.localeCompare(other.title)))
      .toEqual([notificationOf('Bob Stone', direct, 2), notificationOf('Bob Stone in Hikers', group, 1)]);
    await expect.poll(() => onScreen().toSorted()).toEqual(['Bob Stone', 'Bob Stone in Hikers']);
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

const onScreen = (): string[] => device.desktop.shown().map(({ title }) => title);
