/** Mentioning somebody in a group, by keys and by pointer, and how it looks to the one who is meant. */
import { beforeAll, describe, expect, test } from 'vitest';
import { gather } from '../support/people.ts';
import type { Person } from '../support/person.ts';

const [ann, bob] = gather('Ann Lee', 'Bob Stone');

let hikers: string;

beforeAll(async () => {
  hikers = await ann.meet(bob, 'Hikers');
  await ann.line(/Hikers/).click();
  await bob.line(/Hikers/).waitFor();
});

describe('a mention', () => {
  test('is offered while it is typed, taken by Enter, and stands out for the one who is meant', async () => {
    await ann.composer.pressSequentially('Ask @b');
    const option = ann.page.getByRole('option', { name: /Bob Stone/ });
    await option.waitFor();
    await expect.poll(() => ann.composer.getAttribute('aria-activedescendant')).toBe(await option.getAttribute('id'));
    expect(await ann.seriousFaults()).toEqual([]);
    await ann.composer.press('Enter');
    await expect.poll(() => ann.composer.inputValue()).toBe('Ask @Bob Stone ');
    await ann.composer.pressSequentially('about it');
    await ann.composer.press('Enter');
    await ann.shows(['Ask @Bob Stone about it']);
    await expect.poll(() => marked(ann)).toEqual(['@Bob Stone']);

    await bob.line(/Hikers.*1 mention/).click();
    await bob.shows(['Ask @Bob Stone about it']);
    await expect.poll(() => marked(bob)).toEqual(['@Bob Stone']);
  });

  test('is taken by a click, with the caret behind it', async () => {
    await ann.composer.pressSequentially('@');
    await ann.page.getByRole('option', { name: /Bob Stone/ }).click();
    await ann.composer.pressSequentially('and more');
    await expect.poll(() => ann.composer.inputValue()).toBe('@Bob Stone and more');
    await ann.composer.fill('');
  });

  test('is not offered any more after Escape, and Enter sends what is there', async () => {
    await ann.composer.pressSequentially('@b');
    await ann.page.getByRole('option').waitFor();
    await ann.composer.press('Escape');
    await ann.page.getByRole('option').waitFor({ state: 'detached' });
    await ann.composer.pressSequentially('o');
    await ann.composer.press('Enter');
    await ann.shows(['Ask @Bob Stone about it', '@bo']);
    await expect.poll(() => marked(ann)).toEqual(['@Bob Stone']);
  });

  test('[P9] of one who has left is refused with plain words, and goes without the mention when it is sent again', async () => {
    await ann.loseNetwork();
    await ann.write('@Bob Stone until then');
    await bob.ask('DELETE', `/v1/conversations/${hikers}/members/${await bob.id()}`);
    await ann.regainNetwork();
    await ann.page.getByText('Somebody you mention has left.').waitFor();
    await ann.page.getByRole('button', { name: 'Retry' }).click();
    await ann.shows(['Ask @Bob Stone about it', '@bo', '@Bob Stone until then']);
    await expect.poll(() => marked(ann)).toEqual(['@Bob Stone']);
  });

  test('nothing went wrong in the pages', () => {
    expect([ann.troubles, bob.troubles]).toEqual([[], []]);
  });
});

const marked = ({ page }: Person): Promise<string[]> => page.locator('[data-mention]').allTextContents();
