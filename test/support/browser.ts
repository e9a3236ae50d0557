/** A Chromium that is installed already, and one person in it: a context of their own, whose network can be cut. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const launchBrowser = (): Promise<Browser> => chromium.launch({ executablePath: findChromium(), args: ARGS });

/** A browser of one person, kept in a folder: a context like the others is a private window, and those have no notifications. */
export const launchProfile = (folder: string, url: string, env: Record<string, string>): Promise<BrowserContext> =>
  chromium.launchPersistentContext(folder, {
    executablePath: findChromium(),
    args: ARGS,
    env: { ...process.env, ...env },
    permissions: ['notifications'],
    ...windowAt(url),
  });

export class Person {
  page: Page;
  readonly context: BrowserContext;
  readonly name: string;
  readonly username: string;
  /** Uncaught errors and what the Content-Security-Policy refused: there must be none. */
  readonly troubles: string[] = [];

  private constructor(page: Page, context: BrowserContext, name: string, username: string) {
    this.page = page;
    this.context = context;
    this.name = name;
    this.username = username;
  }

  static async arrive(browser: Browser, url: string, name: string): Promise<Person> {
    return Person.enter(await browser.newContext(windowAt(url)), name);
  }

  static async enter(context: BrowserContext, name: string): Promise<Person> {
    await context.addInitScript(keepSockets);
    const page = await context.newPage();
    const username = `${name.split(' ')[0]!.toLowerCase()}_${crypto.randomUUID().slice(0, 8)}`;
    const person = new Person(page, context, name, username);
    context.on('weberror', (error) => person.troubles.push(error.error().message));
    context.on('console', (line) => {
      if (/Content Security Policy/i.test(line.text())) person.troubles.push(line.text());
    });
    await page.goto('/');
    return person;
  }

  async signUp(): Promise<void> {
    const { page } = this;
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByLabel('Name', { exact: true }).fill(this.name);
    await page.getByLabel('User name').fill(this.username);
    await page.getByLabel('E-mail address').fill(`${this.username}@natter.example`);
    await page.getByLabel('Password').fill('correct horse battery');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('No conversations yet').waitFor();
  }

  /** Another device of somebody who has an account. */
  async signInAs({ username }: Person): Promise<void> {
    await this.page.getByLabel('E-mail address or user name').fill(username);
    await this.page.getByLabel('Password').fill('correct horse battery');
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await this.page.getByRole('button', { name: /^Your account/ }).waitFor();
  }

  /** The line of a conversation in the list. */
  line(name: string | RegExp): Locator {
    return this.page.getByRole('navigation', { name: 'Conversations' }).getByRole('link', { name });
  }

  async write(text: string): Promise<void> {
    const composer = this.page.getByRole('textbox', { name: 'Write a message' });
    await composer.fill(text);
    await composer.press('Enter');
  }

  /** One request of the API in this person's name, past the page. */
  async ask<T>(method: string, path: string, data?: unknown): Promise<T> {
    const origin = new URL(this.page.url()).origin;
    const answer = await this.context.request.fetch(path, { method, headers: { origin }, ...(data === undefined ? {} : { data }) });
    const body = await answer.text();
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${body}`);
    return (body === '' ? undefined : JSON.parse(body)) as T;
  }

  /** The texts in the open conversation, in the order they are shown. */
  texts(): Promise<string[]> {
    return this.page.locator('[data-message-text]').allTextContents();
  }

  /** Resolves when the open conversation shows exactly these, in this order, and nothing waits. */
  async shows(texts: readonly string[]): Promise<void> {
    await this.page.waitForFunction(
      (expected) => {
        const shown = [...document.querySelectorAll('[data-message-text]')].map((element) => element.textContent);
        return JSON.stringify(shown) === JSON.stringify(expected) && document.querySelector('[data-mark="waiting"]') === null;
      },
      texts,
      { timeout: 30_000 },
    );
  }

  /** New connections fail, and those that exist break off: setting a context offline leaves sockets as they are. */
  async loseNetwork(): Promise<void> {
    await this.context.setOffline(true);
    await this.page.evaluate(() => {
      for (const socket of (globalThis as unknown as WithSockets).openSockets) socket.close();
    });
  }

  regainNetwork(): Promise<void> {
    return this.context.setOffline(false);
  }

  /** Closes the page: what comes next finds nobody here. */
  async leave(): Promise<void> {
    await this.fallSilent();
    await this.page.close();
  }

  /** The page stays, without sockets and unable to open any, as in a tab that the browser has frozen. The server has heard of it. */
  async fallSilent(): Promise<void> {
    const wereClean = await this.page.evaluate(() => {
      const scope = globalThis as unknown as WithSockets;
      const { openSockets } = scope;
      // What the app would open instead gets nowhere.
      scope.WebSocket = class extends EventTarget {
        send(): void {}
        close(): void {}
      };
      const closing = [...openSockets].map(
        (socket) =>
          new Promise<boolean>((resolve) => {
            socket.addEventListener('close', ({ wasClean }) => resolve(wasClean));
            if (socket.readyState === socket.CONNECTING) socket.addEventListener('open', () => socket.close());
            else socket.close();
          }),
      );
      return Promise.all(closing);
    });
    if (wereClean.includes(false)) throw new Error('the server did not answer that a socket closes');
  }

  /** What axe calls serious or critical on the page as it is. */
  async seriousFaults(): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page: this.page }).analyze();
    return violations
      .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
      .flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.html}`));
  }
}

const windowAt = (url: string) => ({ baseURL: url, viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' as const });

interface WithSockets {
  openSockets: Set<WebSocket>;
  WebSocket: unknown;
}

/** Runs in the page, before anything else. */
function keepSockets(): void {
  const scope = globalThis as unknown as WithSockets & { WebSocket: typeof WebSocket };
  scope.openSockets = new Set();
  scope.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      scope.openSockets.add(this);
      this.addEventListener('close', () => scope.openSockets.delete(this));
    }
  };
}

function findChromium(): string {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env.PATH ?? '').split(':').concat('/usr/bin');
  const candidates = [
    process.env.CHROME_PATH,
    ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
    chromium.executablePath(),
  ];
  const found = candidates.find((path) => path !== undefined && path !== '' && existsSync(path));
  if (found === undefined) throw new Error('No Chromium: install one (apt-get install chromium), or name it with CHROME_PATH');
  return found;
}
