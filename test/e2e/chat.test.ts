/** Two people in two browsers, against the real local server: the way through the app that must always work. */
import { describe, expect, test } from 'vitest';
import { kept } from '../support/page-storage.ts';
import { arrive } from '../support/people.ts';

const [ann, bob] = arrive('Ann Lee', 'Bob Stone');

describe('two people', () => {
  test('sign up, on screens without serious faults', async () => {
    expect(await ann.seriousFaults()).toEqual([]);
    await ann.page.getByRole('button', { name: 'Create an account' }).click();
    await ann.page.getByLabel('User name').waitFor();
    expect(await ann.seriousFaults()).toEqual([]);
    await ann.page.getByRole('button', { name: 'Sign in' }).click();
    await Promise.all([ann.signUp(), bob.signUp()]);
    expect(await ann.seriousFaults()).toEqual([]);
  });

  test('one finds the other and writes, the other sees it and answers', async () => {
    await ann.page.getByRole('button', { name: 'New conversation' }).click();
    await ann.page.getByRole('searchbox', { name: 'Find people' }).fill(bob.username);
    const found = ann.page.getByRole('button', { name: bob.name });
    await found.waitFor();
    expect(await ann.seriousFaults()).toEqual([]);
    await found.click();
    await ann.page.getByRole('heading', { name: bob.name }).waitFor();
    await ann.write('Hello Bob');

    await bob.page.getByRole('link', { name: /Ann Lee.*Hello Bob/ }).click();
    await bob.shows(['Hello Bob']);
    await bob.write('Hello Ann');
    await ann.shows(['Hello Bob', 'Hello Ann']);
    await bob.shows(['Hello Bob', 'Hello Ann']);
    expect(await bob.seriousFaults()).toEqual([]);
  });

  test('a reaction and a reply reach the other', async () => {
    await bob.chooseOnMessage('Hello Bob', 'React with 👍');
    await ann.page.getByRole('button', { name: '👍 1: Bob Stone' }).waitFor();

    await ann.message('Hello Ann').getByRole('button', { name: 'Reply' }).click();
    await ann.write('How are you?');
    await bob.page.getByRole('button', { name: 'In answer to You: Hello Ann' }).waitFor();
    await bob.shows(['Hello Bob', 'Hello Ann', 'How are you?']);
  });

  const all = ['Hello Bob', 'Hello Ann', 'How are you?', 'one', 'two', 'three', 'Welcome back'];

  test('[P9] what is written offline is neither lost, nor doubled, nor turned around', async () => {
    await ann.loseNetwork();
    for (const text of ['one', 'two', 'three']) await ann.write(text);
    await expect.poll(() => ann.texts()).toEqual(all.slice(0, 6));
    await expect.poll(() => ann.page.locator('[data-mark="waiting"]').count()).toBe(3);
    await ann.page.getByText('You are offline.').waitFor();
    expect(await bob.texts()).toEqual(all.slice(0, 3));

    await ann.regainNetwork();
    await bob.shows(all.slice(0, 6));
    await bob.write('Welcome back');
    await Promise.all([ann.shows(all), bob.shows(all)]);
  });

  test('[P9] a reload keeps everything, also what was typed and not sent', async () => {
    await ann.composer.fill('half a thought');
    await Promise.all([ann.page.reload(), bob.page.reload()]);
    await Promise.all([ann.shows(all), bob.shows(all)]);
    await expect.poll(() => ann.composer.inputValue()).toBe('half a thought');
    await ann.composer.fill('');
  });

  test('[P9] what was written offline survives closing the page', async () => {
    await ann.loseNetwork();
    await ann.write('written in a tunnel');
    await ann.page.locator('[data-mark="waiting"]').waitFor();
    await expect.poll(() => kept(ann.page, 'outbox')).toBe(1);
    await ann.page.close();
    await ann.regainNetwork();
    const page = await ann.context.newPage();
    await page.goto('/');
    await bob.shows([...all, 'written in a tunnel']);
    await page.close();
  });

  test('a group is made, renamed and left', async () => {
    await bob.page.getByRole('button', { name: 'New conversation' }).click();
    await bob.page.getByRole('button', { name: 'Make a group instead' }).click();
    await bob.page.getByLabel('Name of the group').fill('Hikers');
    await bob.page.getByRole('searchbox', { name: 'Add people' }).fill(ann.username);
    await bob.page.getByRole('button', { name: ann.name }).click();
    expect(await bob.seriousFaults()).toEqual([]);
    await bob.page.getByRole('button', { name: 'Make a group of 2' }).click();
    await bob.page.getByRole('heading', { name: 'Hikers' }).waitFor();
    await bob.page.getByRole('button', { name: 'Members' }).click();
    await bob.page.getByLabel('Name of the group').fill('Sunday hikers');
    expect(await bob.seriousFaults()).toEqual([]);
    await bob.page.getByRole('button', { name: 'Save' }).click();
    await bob.page.getByText('You named the group “Sunday hikers”').waitFor();
    await bob.page.getByRole('button', { name: 'Leave the group' }).click();
    await bob.page.getByRole('button', { name: 'Leave', exact: true }).click();
    await bob.page.getByText('Your conversations open here').waitFor();
    await bob.page.getByRole('link', { name: /Sunday hikers/ }).waitFor({ state: 'detached' });
  });

  test('on a phone and in the dark there are no serious faults either', async () => {
    await bob.page.setViewportSize({ width: 360, height: 740 });
    await bob.page.emulateMedia({ colorScheme: 'dark' });
    await bob.page.getByRole('link', { name: /Ann Lee/ }).waitFor();
    expect(await bob.seriousFaults()).toEqual([]);
    await bob.page.getByRole('link', { name: /Ann Lee/ }).click();
    await bob.shows([...all, 'written in a tunnel']);
    expect(await bob.seriousFaults()).toEqual([]);
    await expect.poll(() => bob.page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await bob.page.getByRole('link', { name: 'Back to all conversations' }).click();
    await bob.page.getByRole('link', { name: /Ann Lee/ }).waitFor();
  });

  test('Back closes what is open over the page before it leaves the page', async () => {
    await bob.page.getByRole('link', { name: /Ann Lee/ }).click();
    await bob.page.getByRole('heading', { name: ann.name }).waitFor();
    await bob.page.goBack();
    await bob.page.getByRole('button', { name: 'New conversation' }).click();
    const dialog = bob.page.getByRole('dialog', { name: 'New conversation' });
    await dialog.waitFor();
    await bob.page.goBack();
    await dialog.waitFor({ state: 'detached' });
    expect(new URL(bob.page.url()).pathname).toBe('/');
    await bob.page.getByRole('link', { name: /Ann Lee/ }).waitFor();
  });

  test('nothing went wrong in the pages, and the policy refused nothing', () => {
    expect([ann.troubles, bob.troubles]).toEqual([[], []]);
  });
});
