/** Nobody misses anything: what one device does shows on the others, without anybody asking. */
import { beforeAll, describe, expect, test } from 'vitest';
import { gather } from '../support/people.ts';
import type { Person } from '../support/person.ts';

const [ann, phone, bob] = gather('Ann Lee', 'Ann Lee', 'Bob Stone');
let direct: string;
let group: string;

beforeAll(async () => {
  direct = await bob.meet(ann);
  group = await ann.meet(bob, 'Hikers');
  for (const device of [ann, phone]) await Promise.all([device.line(/Bob Stone/).waitFor(), device.line(/Hikers/).waitFor()]);
});

describe('unread', () => {
  test('a message raises the number of a conversation that is not open, and in the title, on every device', async () => {
    const asked: string[] = [];
    ann.page.on('request', (request) => {
      if (/\/v1\/(?:conversations|inbox)(?:\?|$)/.test(request.url())) asked.push(request.url());
    });
    await bob.say(direct, 'Are you there?');
    await bob.say(direct, 'Hello?');
    for (const device of [ann, phone]) {
      await device.line(/Bob Stone.*Hello\?.*2 unread/).waitFor();
      await titled(device, '(2) Natter');
    }
    // Nobody asked: it was told.
    expect(asked).toEqual([]);
  });

  test('a mention is marked apart', async () => {
    await bob.say(group, 'Ann, where do we meet?', { mentions: [await ann.id()] });
    await ann.line(/Hikers.*1 mention.*1 unread/).waitFor();
    await titled(ann, '(3) Natter');
    expect(await ann.seriousFaults()).toEqual([]);
  });

  test('reading on one device takes it away on the other', async () => {
    await phone.line(/Bob Stone/).click();
    await phone.shows(['Are you there?', 'Hello?']);
    await phone.page.getByText('New messages', { exact: true }).waitFor();
    for (const device of [phone, ann]) await titled(device, '(1) Natter');
    const line = ann.line(/Bob Stone/);
    await line.getByText('unread').waitFor({ state: 'detached' });
    // The line above what was new stays until the conversation is left.
    expect(await phone.page.getByText('New messages', { exact: true }).count()).toBe(1);
  });

  test('a muted conversation counts, but not in the title', async () => {
    await ann.chooseInList('Bob Stone', 'Mute', 'Always');
    await phone.line(/Bob Stone.*muted/).waitFor();
    await phone.page.goto('/');
    await bob.say(direct, 'A secret');
    for (const device of [ann, phone]) {
      await device.line(/Bob Stone.*A secret.*1 unread/).waitFor();
      await titled(device, '(1) Natter');
    }
    await ann.chooseInList('Bob Stone', 'Unmute');
    await titled(phone, '(2) Natter');
  });

  test('what one marks unread by hand stays so until it is opened', async () => {
    await ann.chooseInList('Bob Stone', 'Mark as read');
    await ann.chooseInList('Hikers', 'Mark as read');
    await titled(phone, 'Natter');
    await ann.chooseInList('Hikers', 'Mark as unread');
    await titled(phone, '• Natter');
    await ann.line(/Hikers.*marked as unread/).click();
    for (const device of [ann, phone]) await titled(device, 'Natter');
    // Also where it is open already.
    await ann.chooseInList('Hikers', 'Mark as unread');
    await titled(phone, '• Natter');
    await ann.line(/Hikers.*marked as unread/).click();
    for (const device of [ann, phone]) await titled(device, 'Natter');
  });
});

describe('the list', () => {
  test('keeps pinned ones above, and archived ones apart, on every device', async () => {
    await bob.say(direct, 'newest');
    await ann.line(/newest/).waitFor();
    await ann.chooseInList('Hikers', 'Pin to the top');
    await expect.poll(() => names(phone)).toEqual(['Hikers', 'Bob Stone']);
    await ann.chooseInList('Hikers', 'Archive');
    await expect.poll(() => names(phone)).toEqual(['Bob Stone']);
    await phone.page.getByRole('button', { name: 'Archived (1)' }).click();
    await phone.line(/Hikers/).waitFor();
    expect(await phone.seriousFaults()).toEqual([]);
    await phone.chooseInList('Hikers', 'Take out of the archive');
    await ann.line(/Hikers/).waitFor();
  });

  test('[P9] a draft appears on the other device, and goes when it is sent', async () => {
    await ann.page.goto(`/c/${direct}`);
    await ann.composer.fill('half a thought');
    await phone.line(/Bob Stone.*Draft: half a thought/).waitFor();
    await phone.line(/Bob Stone/).click();
    await expect.poll(() => phone.composer.inputValue()).toBe('half a thought');
    await phone.composer.press('Enter');
    await expect.poll(() => ann.composer.inputValue()).toBe('');
    await ann.page.locator('[data-message-text]', { hasText: 'half a thought' }).waitFor();
  });
});

describe('who is there', () => {
  test('typing shows, and how far a message has got', async () => {
    const mark = ann.message('half a thought');
    await mark.getByText('Delivered', { exact: true }).waitFor({ state: 'attached' });
    await bob.page.goto(`/c/${direct}`);
    await mark.getByText('Read', { exact: true }).waitFor({ state: 'attached' });
    await bob.composer.pressSequentially('I am');
    await ann.page.getByText('Bob is typing…').waitFor();

    await ann.chooseOnMessage('half a thought', 'Who has read it');
    await ann.page.getByRole('region', { name: 'Read', exact: true }).getByText('Bob Stone').waitFor();
    expect(await ann.seriousFaults()).toEqual([]);
    await ann.page.keyboard.press('Escape');
  });

  test('somebody is online, and then no more', async () => {
    await ann.page.locator('header').getByText('online', { exact: true }).last().waitFor();
    const line = ann.line(/Bob Stone/);
    await line.locator('[data-presence="online"]').waitFor();
    await bob.page.close();
    // A reload is no absence: it takes ten seconds to be one.
    await line.locator('[data-presence]').waitFor({ state: 'detached' });
    await ann.page.getByText('last seen just now').waitFor();
  });
});

describe('the other of a direct conversation', () => {
  const about = () => ann.page.getByRole('button', { name: 'About Bob Stone' });
  const choice = (name: string) => ann.page.getByRole('menuitem', { name });

  test('can be kept in the contacts, and blocked', async () => {
    await about().click();
    await choice('Add to contacts').click();
    const contacts = async () => (await ann.ask<{ contacts: { name: string }[] }>('GET', '/v1/contacts')).contacts.map(({ name }) => name);
    await expect.poll(contacts).toEqual(['Bob Stone']);

    await about().click();
    await choice('Remove from contacts').waitFor();
    expect(await ann.seriousFaults()).toEqual([]);
    await choice('Block').click();
    await ann.page.getByRole('alertdialog', { name: 'Block Bob Stone?' }).getByRole('button', { name: 'Block' }).click();
    await expect
      .poll(() =>
        bob.say(direct, 'let me in').then(
          () => 'taken',
          (error: Error) => (/403/.test(error.message) ? 'refused' : error.message),
        ),
      )
      .toBe('refused');
    await about().click();
    await choice('Unblock').waitFor();
    await ann.page.keyboard.press('Escape');
  });
});

describe('settings', () => {
  const settings = () => ann.page.getByRole('dialog', { name: 'Settings' });

  test('have no serious faults, and say what each means', async () => {
    await ann.chooseInAccount('Settings');
    await settings().getByRole('switch', { name: 'Notifications on this device' }).waitFor();
    await settings().getByRole('button', { name: 'Show the last ones' }).click();
    await settings().getByText('None of your devices had notifications turned on.').first().waitFor();
    expect(await ann.seriousFaults()).toEqual([]);

    await settings().getByRole('tab', { name: 'Privacy' }).click();
    await settings().getByRole('switch', { name: 'Read receipts' }).click();
    await settings().getByText('Nobody sees what you have read').waitFor();
    await settings()
      .getByRole('radio', { name: /^My contacts Only people in/ })
      .check();
    await expect
      .poll(async () => (await ann.ask<{ privacy: unknown }>('GET', '/v1/me')).privacy)
      .toMatchObject({ read_receipts: false, last_seen: 'contacts' });
    const people = (name: string) => settings().getByRole('region', { name }).getByRole('listitem');
    await settings().getByRole('button', { name: 'Unblock Bob Stone' }).click();
    await people('Blocked').waitFor({ state: 'detached' });
    expect(await ann.seriousFaults()).toEqual([]);
    await settings().getByRole('button', { name: 'Remove Bob Stone' }).click();
    await people('Contacts').waitFor({ state: 'detached' });
    await bob.say(direct, 'welcome again');
  });

  test('a device that is signed out there is signed out at once', async () => {
    await settings().getByRole('tab', { name: 'Devices' }).click();
    await settings().getByText('This device').waitFor();
    await settings()
      .getByText(/^Added /)
      .first()
      .waitFor();
    expect(await ann.seriousFaults()).toEqual([]);
    await settings()
      .getByRole('button', { name: /^Sign out/ })
      .click();
    await ann.page.getByRole('alertdialog').getByRole('button', { name: 'Sign out' }).click();
    await phone.page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    await expect.poll(() => settings().getByRole('listitem').count()).toBe(1);
  });

  test('nothing went wrong in the pages, and the policy refused nothing', () => {
    expect([ann.troubles, phone.troubles, bob.troubles]).toEqual([[], [], []]);
  });
});

const titled = (person: Person, title: string) => person.page.waitForFunction((wanted) => document.title === wanted, title);

/** The names in the list, as they are shown. */
const names = async (person: Person): Promise<string[]> =>
  (await person.line(/./).allTextContents()).map((text) =>
    text.includes('Hikers') ? 'Hikers' : text.includes('Bob Stone') ? 'Bob Stone' : text,
  );
