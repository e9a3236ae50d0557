/** [E10] The app never dies: storage that is forbidden, a part that does not load, messages made to break it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchBrowser, windowAt } from '../support/browser.ts';
import { gather } from '../support/people.ts';
import { Person } from '../support/person.ts';

const [ann, bob] = gather('Ann Lee', 'Bob Stone');
let browser: Browser;
let conversation: string;

beforeAll(async () => {
  browser = await launchBrowser();
  conversation = await bob.meet(ann);
});
afterAll(() => browser.close());

describe('[E10] storage', () => {
  test.each<[string, () => void]>([
    [
      'the small storage is forbidden: the property itself throws',
      () => {
        for (const name of ['localStorage', 'sessionStorage']) {
          Object.defineProperty(globalThis, name, {
            get() {
              throw new DOMException('The operation is insecure.', 'SecurityError');
            },
          });
        }
      },
    ],
    [
      'the small storage is full: writing throws',
      () => {
        Storage.prototype.setItem = () => {
          throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
        };
      },
    ],
  ])('%s', async (_, breakIt) => {
    const context = await browser.newContext(windowAt(inject('serverUrl')));
    await context.addInitScript(breakIt);
    const person = new Person(ann.name, ann.username);
    await person.arrive(context);
    await person.signIn();
    await person.line(/Bob Stone/).click();
    const text = `written without it ${crypto.randomUUID()}`;
    await person.write(text);
    await expect.poll(async () => (await person.texts()).at(-1)).toBe(text);
    await person.chooseInAccount('Sign out');
    await person.page.getByRole('button', { name: 'Create an account' }).waitFor();
    expect(person.troubles).toEqual([]);
    await context.close();
  });

  test('the database cannot be opened: it says so, and everything works from memory', async () => {
    const context = await browser.newContext(windowAt(inject('serverUrl')));
    await context.addInitScript(() => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('A mutation operation was attempted on a database that did not allow mutations.', 'InvalidStateError');
      };
    });
    const person = new Person(ann.name, ann.username);
    await person.arrive(context);
    await person.signIn();
    await person.page.getByText('keep nothing on this device').waitFor();
    await person.line(/Bob Stone/).click();
    const text = `from memory ${crypto.randomUUID()}`;
    await person.write(text);
    await expect.poll(async () => (await person.texts()).at(-1)).toBe(text);
    expect(await person.seriousFaults()).toEqual([]);
    await person.chooseInAccount('Sign out');
    await person.page.getByRole('button', { name: 'Create an account' }).waitFor();
    expect(person.troubles).toEqual([]);
    await context.close();
  });
});

describe('[E10] a part that does not load', () => {
  const SETTINGS = '**/assets/settings-dialog*.js';

  test('is tried twice, then a few words say so and the app goes on', async () => {
    let asked = 0;
    await ann.page.route(SETTINGS, (route) => (asked++, route.abort()));
    await ann.chooseInAccount('Settings');
    const words = ann.page.getByRole('alert').filter({ hasText: 'The settings could not be loaded.' });
    await words.waitFor();
    expect(asked).toBe(2);
    expect(await words.getByRole('button', { name: 'Reload' }).count()).toBe(1);
    expect(await ann.seriousFaults()).toEqual([]);
    await words.getByRole('button', { name: 'Close' }).click();
    await words.waitFor({ state: 'detached' });
    await ann.line(/Bob Stone/).click();
    await ann.composer.waitFor();
  });

  test('is there when it loads again', async () => {
    await ann.page.unroute(SETTINGS);
    await ann.chooseInAccount('Settings');
    await ann.page.getByRole('dialog', { name: 'Settings' }).waitFor();
    await ann.page.keyboard.press('Escape');
  });
});

describe('[E10] messages made to break the app', () => {
  test('16 KB of brackets, of addresses and of signs are drawn as a bounded number of elements', async () => {
    const bytes = 16 * 1024;
    for (const again of [')', '@', ' www.a.b']) await bob.say(conversation, `https://a.bc/${again.repeat(bytes)}`.slice(0, bytes));
    const last = ann.message('www.a.b').locator('[data-message-text]');
    await last.waitFor();
    expect(await last.evaluate((text) => [text.textContent.length, text.querySelectorAll('*').length])).toEqual([bytes, 100]);
  });

  test('one that cannot be drawn says so, and the others are there', async () => {
    await bob.say(conversation, 'before it');
    await bob.say(conversation, 'the one that breaks');
    await bob.say(conversation, 'after it');
    await ann.message('after it').waitFor();
    const fresh = await browser.newContext(windowAt(inject('serverUrl')));
    const person = new Person(ann.name, ann.username);
    await person.arrive(fresh);
    await person.page.route('**/messages?*', async (route) => {
      const answer = await route.fetch();
      const page = (await answer.json()) as { messages: { content: string; reactions?: unknown }[] };
      for (const message of page.messages) if (message.content === 'the one that breaks') message.reactions = [{ emoji: {}, count: 1 }];
      await route.fulfill({ response: answer, json: page });
    });
    await person.signIn();
    await person.line(/Bob Stone/).click();
    await person.page.getByText('This message can’t be shown.').waitFor();
    await person.message('before it').waitFor();
    await person.message('after it').waitFor();
    await person.composer.waitFor();
    expect(await person.seriousFaults()).toEqual([]);
    await fresh.close();
  });

  test('a conversation that cannot be drawn leaves the list alone', async () => {
    const fresh = await browser.newContext(windowAt(inject('serverUrl')));
    const person = new Person(ann.name, ann.username);
    await person.arrive(fresh);
    await person.page.route('**/messages?*', async (route) => {
      const answer = await route.fetch();
      const page = (await answer.json()) as { messages: { timestamp: number }[] };
      for (const message of page.messages) message.timestamp = 9e15;
      await route.fulfill({ response: answer, json: page });
    });
    await person.signIn();
    await person.line(/Bob Stone/).click();
    await person.page
      .getByText(/can’t be shown/)
      .first()
      .waitFor();
    expect(await person.line(/Bob Stone/).isVisible()).toBe(true);
    await fresh.close();
  });

  test('nothing else went wrong in the pages, and the policy refused nothing', () => {
    expect([ann.troubles, bob.troubles]).toEqual([[], []]);
  });
});
