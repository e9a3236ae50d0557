/** Being signed in, and no longer: with a server that does not answer, and with something unsent. */
import { beforeAll, describe, expect, test } from 'vitest';
import { kept } from '../support/page-storage.ts';
import { gather } from '../support/people.ts';

const [ann, phone, bob] = gather('Ann Lee', 'Ann Lee', 'Bob Stone');

beforeAll(async () => {
  await bob.say(await bob.meet(ann), 'a secret');
  await Promise.all([ann.line(/a secret/).waitFor(), phone.line(/a secret/).waitFor()]);
});

describe('a server that does not say who is signed in', () => {
  test('leaves the app as it was', async () => {
    await ann.page.route('**/v1/me', (route) => route.fulfill({ status: 503, json: { code: 'unavailable' } }));
    await ann.page.reload();
    await ann.line(/Bob Stone.*a secret/).click();
    await ann.shows(['a secret']);
  });

  test('is asked again, until it answers', async () => {
    await ann.page.evaluate(() => localStorage.removeItem('natter:me'));
    await ann.page.reload();
    await ann.page.getByText('Natter cannot be reached').waitFor();
    expect(await ann.seriousFaults()).toEqual([]);
    await ann.page.unrouteAll({ behavior: 'wait' });
    await ann.shows(['a secret']);
  });
});

describe('a setting changed offline', () => {
  test('is taken back with plain words, which go when the connection is back', async () => {
    await ann.loseNetwork();
    await ann.chooseInList('Bob Stone', 'Archive');
    const words = ann.page.getByText('You are offline. Try that again when you are back.');
    await words.waitFor();
    expect(await ann.seriousFaults()).toEqual([]);
    await ann.page.getByRole('alert').getByRole('button', { name: 'Close' }).click();
    await words.waitFor({ state: 'detached' });

    await ann.chooseInList('Bob Stone', 'Archive');
    await words.waitFor();
    await ann.regainNetwork();
    await words.waitFor({ state: 'detached' });
    await ann.line(/Bob Stone/).waitFor();
  });
});

describe('signing out', () => {
  test('[P9] asks first when something is unsent', async () => {
    await ann.loseNetwork();
    await ann.write('written in a tunnel');
    await ann.chooseInAccount('Sign out');
    const question = ann.page.getByRole('alertdialog', { name: 'Sign out all the same?' });
    await question.waitFor();
    expect(await ann.seriousFaults()).toEqual([]);
    await question.getByRole('button', { name: 'Cancel' }).click();
    await ann.regainNetwork();
    await ann.shows(['a secret', 'written in a tunnel']);
  });

  test('[P9] from another device keeps what is unsent, drops the messages, and says so', async () => {
    await phone.line(/Bob Stone/).click();
    await phone.shows(['a secret', 'written in a tunnel']);
    await expect.poll(() => kept(phone.page, 'messages')).toBeGreaterThan(0);
    await phone.loseNetwork();
    await phone.write('from the phone');
    await endOther();
    await phone.regainNetwork();
    await notice().waitFor();
    expect(await phone.seriousFaults()).toEqual([]);
    await expect.poll(async () => [await kept(phone.page, 'messages'), await kept(phone.page, 'inbox')]).toEqual([0, 0]);
    await phone.signIn();
    await phone.shows(['a secret', 'written in a tunnel', 'from the phone']);
  });

  test('from another device says so once and for all, though each connection asks who is signed in', async () => {
    let asked = 0;
    let answered = 0;
    phone.page.on('requestfinished', (request) => void (answered += Number(request.url().endsWith('/v1/me'))));
    await phone.page.route('**/v1/me', async (route) => {
      if (asked++ > 0) await notice().waitFor();
      await route.continue();
    });
    await endOther();
    await expect.poll(() => answered).toBe(2);
    await phone.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    expect(await notice().isVisible()).toBe(true);
  });

  test('by oneself says nothing of another device', async () => {
    await ann.chooseInAccount('Sign out');
    await ann.page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    expect(await ann.page.getByText('signed out').count()).toBe(0);
  });

  test('nothing went wrong in the pages, and the policy refused nothing', () => {
    expect([ann.troubles, phone.troubles, bob.troubles]).toEqual([[], [], []]);
  });
});

const notice = () => phone.page.getByText('You were signed out from another device.');

/** Ends the session of Ann's other device. */
async function endOther(): Promise<void> {
  const { devices } = await ann.ask<{ devices: { device_id: string; current: boolean }[] }>('GET', '/v1/devices');
  await ann.ask('DELETE', `/v1/devices/${devices.find(({ current }) => !current)!.device_id}`);
}
