/** Where strangers ask first: one writes to another, who sees a request, accepts it, and joins a group. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { launchBrowser, windowAt } from '../support/browser.ts';
import { Person } from '../support/person.ts';
import { startServer, type RunningServer } from '../support/server.ts';

let server: RunningServer;
let browser: Browser;
const [eve, bob, mia] = [new Person('Eve Park'), new Person('Bob Stone'), new Person('Mia Reed')];

beforeAll(async () => {
  server = await startServer({ CONTACT_POLICY: 'requests' });
  browser = await launchBrowser();
  for (const person of [eve, bob, mia]) {
    await person.arrive(await browser.newContext(windowAt(server.url)));
    await person.signUp();
  }
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('[P6] a stranger’s message is a request: shown, counted apart, and notified to nobody', async () => {
  await eve.page.getByRole('button', { name: 'New conversation' }).click();
  await eve.page.getByRole('searchbox', { name: 'Find people' }).fill(bob.username);
  await eve.page.getByRole('button', { name: bob.name }).click();
  await eve.page.getByRole('heading', { name: bob.name }).waitFor();
  for (const text of ['See https://example.com', 'two', 'three', 'four']) await eve.write(text);
  await eve.page.getByText('This user has not accepted your messages yet.').waitFor();

  await bob.page.getByRole('button', { name: 'Requests (1)' }).click();
  await bob.page.getByRole('link', { name: /Eve Park/ }).click();
  await expect.poll(() => bob.texts()).toEqual(['See https://example.com', 'two', 'three']);
  expect(await bob.page.getByRole('link', { name: /example\.com/ }).count()).toBe(0);
  expect(await bob.page.title()).toBe('Natter');
  expect(await bob.seriousFaults()).toEqual([]);
});

test('accepted, both write as anybody does', async () => {
  await bob.page.getByRole('button', { name: 'Accept' }).click();
  await bob.write('Hello Eve');
  await eve.page.getByText('Hello Eve').first().waitFor();
  await eve.page.getByRole('button', { name: 'Retry' }).click();
  await expect.poll(() => bob.texts()).toContain('four');
});

test('invited to a group, one sees by whom and joins', async () => {
  const bobId = await bob.page.evaluate(async () => ((await (await fetch('/v1/me')).json()) as { user_id: string }).user_id);
  const status = await mia.page.evaluate(async (user) => {
    const body = JSON.stringify({ kind: 'group', title: 'Tea', member_ids: [user] });
    return (await fetch('/v1/conversations', { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status;
  }, bobId);
  expect(status).toBe(201);
  await mia.line(/Tea/).click();
  await mia.page
    .getByRole('button', { name: /members|group/i })
    .last()
    .click();
  await mia.page.getByRole('region', { name: 'Invited' }).getByText(bob.name).waitFor();
  expect(await mia.seriousFaults()).toEqual([]);
  await mia.page.keyboard.press('Escape');
  // As it was left: open.
  await bob.page.getByRole('link', { name: /Tea.*Mia Reed invites you/ }).click();
  await bob.page.getByText('Mia Reed invites you to this group.').waitFor();
  expect(await bob.seriousFaults()).toEqual([]);
  await bob.page.getByRole('button', { name: 'Join' }).click();
  await bob.write('Thank you');
  await mia.page.getByRole('link', { name: /Tea.*Thank you/ }).waitFor();
});

test('blocked instead, the stranger is gone from the list, after one more question', async () => {
  await eve.meet(mia);
  await eve.page.getByRole('link', { name: new RegExp(mia.name) }).click();
  await eve.write('Hello Mia');
  await mia.page.getByRole('button', { name: 'Requests (1)' }).click();
  await mia.page.getByRole('link', { name: /Eve Park/ }).click();
  await mia.page.getByRole('button', { name: 'Block' }).click();
  await mia.page.getByRole('alertdialog', { name: 'Block Eve Park?' }).getByRole('button', { name: 'Block' }).click();
  await mia.page.getByRole('button', { name: /^Requests/ }).waitFor({ state: 'detached' });
  await eve.write('Are you there?');
  await eve.page
    .getByText(/^Not sent/)
    .first()
    .waitFor();
});
