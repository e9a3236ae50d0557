/** One person with several tabs: the device has one inbox, and it is in the tab that is looked at. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { launchBrowser, Person } from '../support/browser.ts';
import { hiddenPage, setSeen } from '../support/visibility.ts';

const url = inject('serverUrl');
let browser: Browser;
let ann: Person;
let bob: Person;
let direct: string;
/** Another tab of Ann's. */
let other: Page;

beforeAll(async () => {
  browser = await launchBrowser();
  [ann, bob] = await Promise.all([Person.arrive(browser, url, 'Ann Lee'), Person.arrive(browser, url, 'Bob Stone')]);
  await Promise.all([ann.signUp(), bob.signUp()]);
  const { user_id } = await ann.ask<{ user_id: string }>('GET', '/v1/me');
  direct = (await bob.ask<{ conversation_id: string }>('POST', '/v1/conversations', { kind: 'direct', user_id })).conversation_id;
  await ann.line(/Bob Stone/).waitFor();
});

afterAll(async () => {
  await browser?.close();
});

test('a tab opened behind the one in front leaves it alone', async () => {
  other = await hiddenPage(ann.context, '/');
  await other.getByText('Starting').waitFor();
  await say('one');
  await ann.line(/Bob Stone.*one.*1 unread/).waitFor();
  expect(await other.getByRole('navigation', { name: 'Conversations' }).count()).toBe(0);
});

test('a tab that is looked at goes on, and one that is touched again too', async () => {
  await setSeen(other, true);
  await lineIn(other, /Bob Stone.*one.*1 unread/).waitFor();
  await elsewhere(ann.page).waitFor();
  expect(await ann.seriousFaults()).toEqual([]);

  await ann.page.keyboard.press('Shift');
  await elsewhere(other).waitFor();
  await say('two');
  await ann.line(/Bob Stone.*two.*2 unread/).waitFor();
  expect(await elsewhere(ann.page).count()).toBe(0);

  // A click alone, as a screen reader makes it: a pointer is here before it clicks.
  await other.getByRole('button', { name: 'Use it here' }).dispatchEvent('click');
  await lineIn(other, /Bob Stone.*two.*2 unread/).waitFor();
  await elsewhere(ann.page).waitFor();
});

test('when the tab that has the inbox is closed, the one that is left goes on by itself', async () => {
  await other.close();
  await elsewhere(ann.page).waitFor({ state: 'detached' });
  await say('three');
  await ann.line(/Bob Stone.*three.*3 unread/).waitFor();
});

test('nothing went wrong in the pages, and the policy refused nothing', () => {
  expect([ann.troubles, bob.troubles]).toEqual([[], []]);
});

const say = (content: string) =>
  bob.ask('POST', `/v1/conversations/${direct}/messages`, { global_id: crypto.randomUUID(), type: 'text', content });
const elsewhere = (page: Page) => page.getByText('Natter is open in another window');
const lineIn = (page: Page, name: RegExp) => page.getByRole('navigation', { name: 'Conversations' }).getByRole('link', { name });
