/** Reading a long conversation, and taking back what one said: the parts of the app that are easy to get wrong. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchBrowser, Person } from '../support/browser.ts';

const LENGTH = 130;
const url = inject('serverUrl');
let browser: Browser;
let ann: Person;
let bob: Person;
let conversationId: string;

beforeAll(async () => {
  browser = await launchBrowser();
  [ann, bob] = await Promise.all([Person.arrive(browser, url, 'Ann Lee'), Person.arrive(browser, url, 'Bob Stone')]);
  await Promise.all([ann.signUp(), bob.signUp()]);
  const { user_id: bobId } = await bob.ask<{ user_id: string }>('GET', '/v1/me');
  const created = await ann.ask<{ conversation_id: string }>('POST', '/v1/conversations', { kind: 'direct', user_id: bobId });
  conversationId = created.conversation_id;
  for (let number = 1; number <= LENGTH; number++)
    await say(number % 3 === 0 ? ann : bob, `number ${number} ${'and on '.repeat((number * 7) % 60)}`);
  await ann.page.goto(`/c/${conversationId}`);
  await messageOf(ann, `number ${LENGTH} `).waitFor();
});

afterAll(async () => {
  await browser?.close();
});

describe('reading', () => {
  test('older messages come on the way up, and what one reads stays where it is', async () => {
    const list = ann.page.getByRole('group', { name: 'Messages' });
    const heightOf = () => list.evaluate((element) => element.scrollHeight);
    await expect.poll(() => list.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight)).toBeLessThan(2);

    // The older page is held back until the list has measured the rows that came into view.
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    await ann.page.route('**/messages?*before=*', async (route) => {
      await released;
      await route.continue();
    });
    const asked = ann.page.waitForRequest(/messages\?.*before=/);
    await list.evaluate((element) => element.scrollTo(0, 700));
    await asked;
    const read = await list.evaluate(async (element) => {
      const shown = () => {
        const top = element.getBoundingClientRect().top;
        const text = [...element.querySelectorAll('[data-message-text]')].find((one) => one.getBoundingClientRect().top > top);
        return { text: text?.textContent ?? '', at: text?.getBoundingClientRect().top ?? 0 };
      };
      for (let before = shown(), still = 0; ;) {
        await new Promise(requestAnimationFrame);
        const now = shown();
        still = now.text === before.text && now.at === before.at ? still + 1 : 0;
        if (still === 20) return now;
        before = now;
      }
    });
    const before = await heightOf();
    release();
    await expect.poll(heightOf).toBeGreaterThan(before + 1_000);
    const moved = () =>
      list.evaluate((element, { text, at }) => {
        const same = [...element.querySelectorAll('[data-message-text]')].find((one) => one.textContent === text);
        return same === undefined ? Number.POSITIVE_INFINITY : Math.abs(same.getBoundingClientRect().top - at);
      }, read);
    await expect.poll(moved).toBeLessThan(2);
    await ann.page.unrouteAll({ behavior: 'wait' });
  });

  test('the whole history can be reached, and each message is there once', async () => {
    const seen = new Set<string>();
    const list = ann.page.getByRole('group', { name: 'Messages' });
    await list.focus();
    await expect
      .poll(
        async () => {
          await ann.page.keyboard.press('PageUp');
          const texts = await ann.texts();
          expect(new Set(texts).size).toBe(texts.length);
          for (const text of texts) seen.add(text.split(' ')[1]!);
          return seen.has('1');
        },
        { timeout: 30_000 },
      )
      .toBe(true);
  });

  test('a new message leaves the reader alone and is one press away', async () => {
    const before = await ann.texts();
    await say(bob, 'fresh news');
    const button = ann.page.getByRole('button', { name: '1 new' });
    await button.waitFor();
    expect((await ann.texts())[0]).toBe(before[0]);
    await button.click();
    await messageOf(ann, 'fresh news').waitFor();
    await button.waitFor({ state: 'detached' });
  });
});

describe('a short conversation', () => {
  test('is drawn from the top of the window, however long it is', async () => {
    const { user_id: bobId } = await bob.ask<{ user_id: string }>('GET', '/v1/me');
    const group = { kind: 'group', title: 'Short', member_ids: [bobId] };
    const { conversation_id: id } = await ann.ask<{ conversation_id: string }>('POST', '/v1/conversations', group);
    const list = ann.page.getByRole('group', { name: 'Messages' });
    for (let length = 1; length <= 16; length++) {
      await say(bob, `short ${length}`, id);
      // Fewer leave room for all of them.
      if (length < 11) continue;
      await ann.page.goto(`/c/${id}`);
      await messageOf(ann, `short ${length}`).waitFor();
      await expect.poll(() => list.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight)).toBeLessThan(2);
      // From where the rows begin, or from the edge of the window where they begin above it.
      const blank = list.evaluate((element) => {
        const rows = element.querySelector('ol')!;
        const drawn = [...rows.children].map((row) => row.getBoundingClientRect().top);
        return Math.min(...drawn) - Math.max(rows.getBoundingClientRect().top, element.getBoundingClientRect().top);
      });
      expect([length, (await blank) < 2]).toEqual([length, true]);
    }
    await ann.page.goto(`/c/${conversationId}`);
    await messageOf(ann, 'fresh news').waitFor();
  });
});

describe('writing', () => {
  test('Enter that ends a composition of an input method does not send', async () => {
    const composer = ann.page.getByRole('textbox', { name: 'Write a message' });
    await composer.fill('にほん');
    await composer.evaluate((element) =>
      element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true })),
    );
    await composer.press('Shift+Enter');
    await composer.pressSequentially('second line');
    expect(await composer.inputValue()).toBe('にほん\nsecond line');
    await composer.press('Enter');
    await messageOf(ann, 'second line')
      .getByText(/Sent|Delivered|Read/)
      .waitFor({ state: 'attached' });
    expect(await composer.inputValue()).toBe('');
  });

  test('one changes and deletes what one said', async () => {
    await bob.page.goto(`/c/${conversationId}`);
    await ann.write('a tpyo');
    await messageOf(bob, 'a tpyo').waitFor();
    await ann.page.getByRole('textbox', { name: 'Write a message' }).press('ArrowUp');
    const change = ann.page.getByRole('textbox', { name: 'Change the message' });
    await change.fill('a typo');
    await change.press('Enter');
    await messageOf(bob, 'a typo').getByText('edited').waitFor();

    const mine = messageOf(ann, 'a typo');
    await mine.hover();
    await mine.getByRole('button', { name: 'React and more' }).click();
    await ann.page.getByRole('menuitem', { name: 'Delete' }).click();
    expect(await ann.seriousFaults()).toEqual([]);
    await ann.page.getByRole('button', { name: 'Delete', exact: true }).click();
    await messageOf(bob, 'Message deleted').waitFor();
    expect(await messageOf(bob, 'a typo').count()).toBe(0);
  });

  test('[P9] a refused message keeps its text until its author lets go of it', async () => {
    const { user_id: annId } = await ann.ask<{ user_id: string }>('GET', '/v1/me');
    await bob.ask('PUT', `/v1/blocks/${annId}`);
    await ann.write('let me explain');
    await ann.page.getByText('Not sent. You may not write here.').waitFor();
    expect(await ann.seriousFaults()).toEqual([]);
    await ann.page.reload();
    await ann.page.getByText('Not sent. You may not write here.').waitFor();
    await messageOf(ann, 'let me explain').waitFor();

    await bob.ask('DELETE', `/v1/blocks/${annId}`);
    await ann.page.getByRole('button', { name: 'Retry' }).click();
    await messageOf(bob, 'let me explain').waitFor();
    expect(await ann.page.getByText('Not sent.').count()).toBe(0);
  });
});

const messageOf = (person: Person, text: string) =>
  person.page.getByRole('group', { name: 'Messages' }).getByRole('listitem').filter({ hasText: text }).last();

const say = (person: Person, content: string, id = conversationId) =>
  person.ask('POST', `/v1/conversations/${id}/messages`, { global_id: crypto.randomUUID(), type: 'text', content });
