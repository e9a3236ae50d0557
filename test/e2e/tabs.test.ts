/** One person with several tabs: the device has one inbox, and it is in the tab that is looked at. */
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { gather } from '../support/people.ts';
import { lineIn } from '../support/person.ts';
import { hiddenPage, setSeen } from '../support/visibility.ts';

const [ann, bob] = gather('Ann Lee', 'Bob Stone');
let direct: string;
/** Another tab of Ann's. */
let other: Page;

beforeAll(async () => {
  direct = await bob.meet(ann);
  await ann.line(/Bob Stone/).waitFor();
});

test('a tab opened behind the one in front leaves it alone', async () => {
  other = await hiddenPage(ann.context, '/');
  await other.getByText('Starting').waitFor();
  await bob.say(direct, 'one');
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
  await bob.say(direct, 'two');
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
  await bob.say(direct, 'three');
  await ann.line(/Bob Stone.*three.*3 unread/).waitFor();
});

test('nothing went wrong in the pages, and the policy refused nothing', () => {
  expect([ann.troubles, bob.troubles]).toEqual([[], []]);
});

const elsewhere = (page: Page) => page.getByText('Natter is open in another window');
