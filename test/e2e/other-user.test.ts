/** [E1] Two tabs, one cookie, two users: what was opened for Ann never goes on as Ben. */
import type { BrowserContext, Page, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchBrowser, windowAt } from '../support/browser.ts';
import { gather } from '../support/people.ts';
import { lineIn, Person } from '../support/person.ts';
import { beSeenWhenTold, setSeen } from '../support/visibility.ts';

const [bob] = gather('Bob Stone');

/** A tab whose link can be taken away, the other tabs' left alone. */
class Tab {
  readonly page: Page;
  #isDown = false;
  readonly #sockets = new Set<WebSocketRoute>();

  constructor(page: Page) {
    this.page = page;
  }

  /** @param isDeaf it hears nothing of the other tabs, as one that was frozen */
  static async open(context: BrowserContext, isDeaf: boolean): Promise<Tab> {
    const tab = new Tab(await context.newPage());
    const { page } = tab;
    await page.addInitScript(beSeenWhenTold);
    if (isDeaf) await page.addInitScript(() => void Reflect.deleteProperty(globalThis, 'BroadcastChannel'));
    await page.route('**/v1/**', (route) => (tab.#isDown ? route.abort() : route.continue()));
    await page.routeWebSocket('**/v1/**', (socket) => {
      if (tab.#isDown) return void socket.close();
      tab.#sockets.add(socket);
      socket.connectToServer();
    });
    return tab;
  }

  async loseLink(): Promise<void> {
    this.#isDown = true;
    await Promise.all([...this.#sockets].map((socket) => socket.close()));
    this.#sockets.clear();
  }

  async regainLink(): Promise<void> {
    this.#isDown = false;
    await this.page.evaluate(() => dispatchEvent(new Event('online')));
  }
}

describe.each([
  ['a tab that hears the others', false],
  ['a tab that hears nothing until its link is back', true],
])('[E1] %s', (_, isDeaf) => {
  const ann = new Person('Ann Lee');
  const ben = new Person('Ben Ash');
  let context: BrowserContext;
  let first: Tab;
  let close = async () => {};
  let conversation: string;
  let annsId: string;

  beforeAll(async () => {
    const browser = await launchBrowser();
    close = () => browser.close();
    context = await browser.newContext(windowAt(inject('serverUrl')));
    await ann.arrive(context);
    await ann.signUp();
    conversation = await bob.meet(ann);
    await bob.say(conversation, `hello ${ann.username}`);
    first = await Tab.open(context, isDeaf);
    await first.page.goto(`/c/${conversation}`);
    await setSeen(first.page, true);
    annsId = await ann.id();
    await first.page.getByText(`hello ${ann.username}`).last().waitFor();
  });
  afterAll(() => close());

  test('Ann’s tab loses its link, she writes; in another tab she signs out, and Ben signs in', async () => {
    await first.loseLink();
    const composer = first.page.getByRole('textbox', { name: 'Write a message' });
    await composer.fill('from Ann, to Bob alone');
    await composer.press('Enter');
    await first.page.locator('[data-mark="waiting"]').waitFor();
    await setSeen(first.page, false);
    if (isDeaf) {
      // As when the session has ended by itself: what was not sent stays on the disk.
      await ann.ask('POST', '/v1/auth/sign-out', {});
      await ann.page.reload();
    } else {
      await ann.chooseInAccount('Sign out');
      await ann.page.getByRole('button', { name: 'Sign out and delete it' }).click();
    }
    await ann.page.getByRole('button', { name: 'Create an account' }).waitFor();
    if (!isDeaf) await first.page.getByRole('button', { name: 'Create an account' }).waitFor();
    Object.assign(ben, { context, page: ann.page });
    await ben.signUp();
    await bob.say(await bob.meet(ben), 'for Ben alone');
    await lineIn(ben.page, /Bob Stone.*for Ben alone/).waitFor();
  });

  test('the link comes back: nothing of hers is sent, and nothing of his is in her tab', async () => {
    await first.regainLink();
    if (isDeaf) await first.page.getByRole('heading', { name: 'You signed in as Ben Ash in another tab' }).waitFor();
    // It had nothing of hers left, and so is his from the beginning.
    else {
      await setSeen(first.page, true);
      await lineIn(first.page, /Bob Stone.*for Ben alone/).waitFor();
    }
    expect(await first.page.getByText('from Ann').count()).toBe(0);
    if (isDeaf) expect(await first.page.getByText('for Ben alone').count()).toBe(0);
    expect(await everythingOf(ben, conversation)).toBe('404');
    expect(await texts(bob, conversation)).toEqual([`hello ${ann.username}`]);
    const kept = await databases(first.page);
    expect(Object.keys(kept).length).toBe(isDeaf ? 2 : 1);
    const hers = kept[`natter-${annsId}`] ?? '';
    expect([hers.includes('from Ann, to Bob alone'), hers.includes('for Ben alone')]).toEqual([isDeaf, false]);
  });

  test('whoever sits here goes on as Ben', async () => {
    if (!isDeaf) return;
    await first.page.getByRole('button', { name: 'Continue as Ben Ash' }).click();
    await first.page.getByText('Starting').waitFor();
    await setSeen(first.page, true);
    await lineIn(first.page, /Bob Stone.*for Ben alone/).waitFor();
    expect(await first.page.getByText('from Ann').count()).toBe(0);
  });

  test('Ann signs in again: what she wrote goes out under her name', async () => {
    if (!isDeaf) return;
    await first.page.close();
    await ben.page.keyboard.press('Shift');
    await ben.chooseInAccount('Sign out');
    Object.assign(ann, { page: ben.page });
    await ann.page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    await ann.signIn();
    await ann.line(/Bob Stone/).click();
    await ann.shows([`hello ${ann.username}`, 'from Ann, to Bob alone']);
    await expect.poll(() => texts(bob, conversation)).toEqual([`hello ${ann.username}`, 'from Ann, to Bob alone']);
    expect(await senders(bob, conversation)).toEqual([await bob.id(), await ann.id()]);
  });

  test('nothing went wrong in the pages, and the policy refused nothing', () => {
    expect([ann.troubles, bob.troubles]).toEqual([[], []]);
  });
});

interface History {
  messages: { content: string; sender_id: string }[];
}
const history = async (person: Person, id: string) =>
  (await person.ask<History>('GET', `/v1/conversations/${id}/messages`)).messages.toReversed();
const texts = async (person: Person, id: string) => (await history(person, id)).map(({ content }) => content);
const senders = async (person: Person, id: string) => (await history(person, id)).map(({ sender_id }) => sender_id);

/** What somebody gets of a conversation, as text; of one that is not theirs the status alone. */
const everythingOf = (person: Person, id: string): Promise<string> =>
  texts(person, id).then(
    (some) => some.join(),
    (error: unknown) => /: (\d+) /.exec(String(error))?.[1] ?? String(error),
  );

/** Everything that lies in each database of the browser, as text. */
const databases = (page: Page): Promise<Record<string, string>> =>
  page.evaluate(async () => {
    const result = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.addEventListener('success', () => resolve(request.result));
        request.addEventListener('error', () => reject(new Error(String(request.error))));
      });
    const kept: Record<string, string> = {};
    for (const { name = '' } of await indexedDB.databases()) {
      const opened = await result(indexedDB.open(name));
      const parts: unknown[] = [];
      for (const store of opened.objectStoreNames) parts.push(await result(opened.transaction(store).objectStore(store).getAll()));
      kept[name] = JSON.stringify(parts);
      opened.close();
    }
    return kept;
  });
