/** Being signed in, and no longer: with a server that does not answer, and with something unsent. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchBrowser, Person } from '../support/browser.ts';

const url = inject('serverUrl');
let browser: Browser;
let ann: Person;
/** Ann's other device. */
let phone: Person;
let bob: Person;
let direct: string;

beforeAll(async () => {
  browser = await launchBrowser();
  [ann, phone, bob] = await Promise.all([
    Person.arrive(browser, url, 'Ann Lee'),
    Person.arrive(browser, url, 'Ann Lee'),
    Person.arrive(browser, url, 'Bob Stone'),
  ]);
  await Promise.all([ann.signUp(), bob.signUp()]);
  await phone.signInAs(ann);
  const { user_id } = await ann.ask<{ user_id: string }>('GET', '/v1/me');
  direct = (await bob.ask<{ conversation_id: string }>('POST', '/v1/conversations', { kind: 'direct', user_id })).conversation_id;
  await bob.ask('POST', `/v1/conversations/${direct}/messages`, { global_id: crypto.randomUUID(), type: 'text', content: 'a secret' });
  await Promise.all([ann.line(/a secret/).waitFor(), phone.line(/a secret/).waitFor()]);
});

afterAll(async () => {
  await browser?.close();
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
    await archive();
    const words = ann.page.getByText('You are offline. Try that again when you are back.');
    await words.waitFor();
    expect(await ann.seriousFaults()).toEqual([]);
    await ann.page.getByRole('alert').getByRole('button', { name: 'Close' }).click();
    await words.waitFor({ state: 'detached' });

    await archive();
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
    await signOut(ann);
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
    const other = (await ann.ask<{ devices: { device_id: string; current: boolean }[] }>('GET', '/v1/devices')).devices.find(
      (device) => !device.current,
    )!;
    await phone.loseNetwork();
    await phone.write('from the phone');
    await ann.ask('DELETE', `/v1/devices/${other.device_id}`);
    await phone.regainNetwork();
    await phone.page.getByText('You were signed out from another device.').waitFor();
    expect(await phone.seriousFaults()).toEqual([]);
    await expect.poll(async () => [await kept(phone.page, 'messages'), await kept(phone.page, 'inbox')]).toEqual([0, 0]);
    await phone.signInAs(ann);
    await phone.shows(['a secret', 'written in a tunnel', 'from the phone']);
  });

  test('by oneself says nothing of another device', async () => {
    await signOut(ann);
    await ann.page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    expect(await ann.page.getByText('signed out').count()).toBe(0);
  });

  test('nothing went wrong in the pages, and the policy refused nothing', () => {
    expect([ann.troubles, phone.troubles, bob.troubles]).toEqual([[], [], []]);
  });
});

async function archive(): Promise<void> {
  await ann.line(/Bob Stone/).hover();
  await ann.page.getByRole('button', { name: 'Options for Bob Stone' }).click();
  await ann.page.getByRole('menuitem', { name: 'Archive' }).click();
}

async function signOut(person: Person): Promise<void> {
  await person.page.getByRole('button', { name: /^Your account/ }).click();
  await person.page.getByRole('menuitem', { name: 'Sign out' }).click();
}

/** How many records of a kind the client keeps in this browser. */
const kept = (page: Page, store: string): Promise<number> =>
  page.evaluate(async (name) => {
    const result = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.addEventListener('success', () => resolve(request.result));
        request.addEventListener('error', () => reject(new Error(String(request.error))));
      });
    let count = 0;
    for (const { name: database } of await indexedDB.databases()) {
      const opened = await result(indexedDB.open(database!));
      count += await result(opened.transaction(name).objectStore(name).count());
      opened.close();
    }
    return count;
  }, store);
