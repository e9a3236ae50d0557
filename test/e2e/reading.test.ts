/** Reading a long conversation, and taking back what one said: the parts of the app that are easy to get wrong. */
import { beforeAll, describe, expect, test } from 'vitest';
import { gather } from '../support/people.ts';
import type { Person } from '../support/person.ts';

const LENGTH = 130;
const [ann, bob] = gather('Ann Lee', 'Bob Stone');
let direct: string;

beforeAll(async () => {
  direct = await ann.meet(bob);
  for (let number = 1; number <= LENGTH; number++)
    await (number % 3 === 0 ? ann : bob).say(direct, `number ${number} ${'and on '.repeat((number * 7) % 60)}`);
  await ann.page.goto(`/c/${direct}`);
  await ann.message(`number ${LENGTH} `).waitFor();
});

describe('reading', () => {
  test('older messages come on the way up, and what one reads stays where it is', async () => {
    const heightOf = () => list().evaluate((element) => element.scrollHeight);
    await expect.poll(below).toBeLessThan(2);
    // Till then the list may still follow its own end.
    await list().evaluate(uppermostAtRest);

    // The older page is held back until the list has measured the rows that came into view.
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    await ann.page.route('**/messages?*before=*', async (route) => {
      await released;
      await route.continue();
    });
    const asked = ann.page.waitForRequest(/messages\?.*before=/);
    await list().evaluate((element) => element.scrollTo(0, 700));
    await asked;
    const read = await list().evaluate(uppermostAtRest);
    const before = await heightOf();
    release();
    await expect.poll(heightOf).toBeGreaterThan(before + 1_000);
    const moved = () =>
      list().evaluate((element, { text, at }) => {
        const same = [...element.querySelectorAll('[data-message-text]')].find((one) => one.textContent === text);
        return same === undefined ? Number.POSITIVE_INFINITY : Math.abs(same.getBoundingClientRect().top - at);
      }, read);
    await expect.poll(moved).toBeLessThan(2);
    await ann.page.unrouteAll({ behavior: 'wait' });
  });

  test('the whole history can be reached, and each message is there once', async () => {
    const seen = new Set<string>();
    const doubled: string[][] = [];
    await list().focus();
    await expect
      .poll(
        async () => {
          await ann.page.keyboard.press('PageUp');
          const texts = await ann.texts();
          if (new Set(texts).size < texts.length) doubled.push(texts);
          for (const text of texts) seen.add(text.split(' ')[1]!);
          return seen.has('1');
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    expect(doubled).toEqual([]);
  });

  test('a new message leaves the reader alone and is one press away', async () => {
    const before = await list().evaluate(uppermostAtRest);
    await bob.say(direct, 'fresh news');
    const button = ann.page.getByRole('button', { name: '1 new' });
    await button.waitFor();
    const after = await list().evaluate(uppermostAtRest);
    expect(after.text).toBe(before.text);
    expect(Math.abs(after.at - before.at)).toBeLessThan(2);
    await button.click();
    await ann.message('fresh news').waitFor();
    await button.waitFor({ state: 'detached' });
  });
});

describe('a short conversation', () => {
  test('is drawn from the top of the window, however long it is', async () => {
    const group = await ann.meet(bob, 'Short');
    for (let length = 1; length <= 16; length++) {
      await bob.say(group, `short ${length}`);
      // Fewer leave room for all of them.
      if (length < 11) continue;
      await ann.page.goto(`/c/${group}`);
      await ann.message(`short ${length}`).waitFor();
      await expect.poll(below).toBeLessThan(2);
      // From where the rows begin, or from the edge of the window where they begin above it.
      const blank = () =>
        list().evaluate((element) => {
          const rows = element.querySelector('ol')!;
          const drawn = [...rows.children].map((row) => row.getBoundingClientRect().top);
          return Math.min(...drawn) - Math.max(rows.getBoundingClientRect().top, element.getBoundingClientRect().top);
        });
      await expect.poll(blank, { message: `${length} messages` }).toBeLessThan(2);
    }
    await ann.page.goto(`/c/${direct}`);
    await ann.message('fresh news').waitFor();
  });
});

describe('writing', () => {
  test('Enter that ends a composition of an input method does not send', async () => {
    const { composer } = ann;
    await composer.fill('にほん');
    await composer.evaluate((element) =>
      element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true })),
    );
    await composer.press('Shift+Enter');
    await composer.pressSequentially('second line');
    expect(await composer.inputValue()).toBe('にほん\nsecond line');
    await composer.press('Enter');
    await mark(ann, 'second line').waitFor({ state: 'attached' });
    await expect.poll(() => composer.inputValue()).toBe('');
  });

  test('one changes and deletes what one said', async () => {
    await bob.page.goto(`/c/${direct}`);
    await ann.write('a tpyo');
    await bob.message('a tpyo').waitFor();
    // What is not stored yet cannot be changed.
    await mark(ann, 'a tpyo').waitFor({ state: 'attached' });
    await ann.composer.press('ArrowUp');
    const change = ann.page.getByRole('textbox', { name: 'Change the message' });
    await change.fill('a typo');
    await change.press('Enter');
    await bob.message('a typo').getByText('edited').waitFor();

    await ann.chooseOnMessage('a typo', 'Delete');
    const deletion = ann.page.getByRole('button', { name: 'Delete', exact: true });
    await deletion.waitFor();
    expect(await ann.seriousFaults()).toEqual([]);
    await deletion.click();
    await bob.message('Message deleted').waitFor();
    expect(await bob.message('a typo').count()).toBe(0);
  });

  test('[P9] a refused message keeps its text until its author lets go of it', async () => {
    const annId = await ann.id();
    await bob.ask('PUT', `/v1/blocks/${annId}`);
    await ann.write('let me explain');
    await ann.page.getByText('Not sent. You may not write here.').waitFor();
    expect(await ann.seriousFaults()).toEqual([]);
    await ann.page.reload();
    await ann.page.getByText('Not sent. You may not write here.').waitFor();
    await ann.message('let me explain').waitFor();

    await bob.ask('DELETE', `/v1/blocks/${annId}`);
    await ann.page.getByRole('button', { name: 'Retry' }).click();
    await bob.message('let me explain').waitFor();
    await ann.page.getByText('Not sent.').waitFor({ state: 'detached' });
  });
});

const list = () => ann.page.getByRole('group', { name: 'Messages' });
/** How far the end of the conversation is from the window's. */
const below = () => list().evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);

/** Runs in the page: the uppermost text that is seen, once the rows stand still. */
async function uppermostAtRest(element: Element): Promise<{ text: string; at: number }> {
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
}

/** How far an own message has got, once it is stored. */
const mark = (person: Person, text: string) => person.message(text).getByText(/Sent|Delivered|Read/);
