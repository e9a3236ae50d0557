/** One person at one device: what they see and do in the app, what they ask of the server past it, and a network that can be cut. */
import AxeBuilder from '@axe-core/playwright';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { closeSockets, endSockets, keepSockets } from './page-sockets.ts';

const PASSWORD = 'correct horse battery';

export class Person {
  readonly name: string;
  readonly username: string;
  /** Uncaught errors and what the Content-Security-Policy refused: there must be none. */
  readonly troubles: string[] = [];
  context!: BrowserContext;
  page!: Page;

  constructor(name: string, username = `${name.split(' ')[0]!.toLowerCase()}_${crypto.randomUUID().slice(0, 8)}`) {
    this.name = name;
    this.username = username;
  }

  /** Opens the app, where nobody is signed in. */
  async arrive(context: BrowserContext): Promise<void> {
    this.context = context;
    context.on('weberror', (error) => this.troubles.push(error.error().message));
    context.on('console', (line) => {
      if (/Content Security Policy/i.test(line.text())) this.troubles.push(line.text());
    });
    await context.addInitScript(keepSockets);
    this.page = await context.newPage();
    await this.page.goto('/');
    await this.page.getByRole('button', { name: 'Create an account' }).waitFor();
  }

  async signUp(): Promise<void> {
    const { page } = this;
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByLabel('Name', { exact: true }).fill(this.name);
    await page.getByLabel('User name').fill(this.username);
    await page.getByLabel('E-mail address').fill(`${this.username}@natter.example`);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('No conversations yet').waitFor();
  }

  async signIn(): Promise<void> {
    await this.page.getByLabel('E-mail address or user name').fill(this.username);
    await this.page.getByLabel('Password').fill(PASSWORD);
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await this.page.getByRole('button', { name: /^Your account/ }).waitFor();
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: 'Write a message' });
  }

  /** The line of a conversation in the list. */
  line(name: string | RegExp): Locator {
    return lineIn(this.page, name);
  }

  /** The newest message with this text in the open conversation. */
  message(text: string): Locator {
    return this.page.getByRole('group', { name: 'Messages' }).getByRole('listitem').filter({ hasText: text }).last();
  }

  async write(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
  }

  /** From the menu of one's own account. */
  async chooseInAccount(item: 'Settings' | 'Sign out'): Promise<void> {
    await this.page.getByRole('button', { name: /^Your account/ }).click();
    await this.page.getByRole('menuitem', { name: item }).click();
  }

  /** From the menu of a conversation in the list, and the menus that opens. */
  async chooseInList(name: string, ...items: string[]): Promise<void> {
    await this.line(new RegExp(name)).hover();
    await this.page.getByRole('button', { name: `Options for ${name}` }).click();
    for (const item of items) await this.page.getByRole('menuitem', { name: item }).click();
  }

  /** From the menu of a message. */
  async chooseOnMessage(text: string, item: string): Promise<void> {
    await this.message(text).hover();
    await this.message(text).getByRole('button', { name: 'React and more' }).click();
    await this.page.getByRole('menuitem', { name: item }).click();
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

  /** What axe calls serious or critical on the page as it is. */
  async seriousFaults(): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page: this.page }).analyze();
    return violations
      .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
      .flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.html}`));
  }

  /** One request of the API in this person's name, past the page. */
  async ask<T>(method: string, path: string, data?: unknown): Promise<T> {
    const origin = new URL(this.page.url()).origin;
    const answer = await this.context.request.fetch(path, { method, headers: { origin }, ...(data === undefined ? {} : { data }) });
    const body = await answer.text();
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${body}`);
    return (body === '' ? undefined : JSON.parse(body)) as T;
  }

  async id(): Promise<string> {
    return (await this.ask<{ user_id: string }>('GET', '/v1/me')).user_id;
  }

  /** A direct conversation, or with a title a group. The answer is its id. */
  async meet(other: Person, title?: string): Promise<string> {
    const id = await other.id();
    const conversation = title === undefined ? { kind: 'direct', user_id: id } : { kind: 'group', title, member_ids: [id] };
    return (await this.ask<{ conversation_id: string }>('POST', '/v1/conversations', conversation)).conversation_id;
  }

  /** @param more of what a message may have */
  async say(conversationId: string, content: string, more: object = {}): Promise<void> {
    const message = { global_id: crypto.randomUUID(), type: 'text', content, ...more };
    await this.ask('POST', `/v1/conversations/${conversationId}/messages`, message);
  }

  /** New connections fail, and those that exist break off. */
  async loseNetwork(): Promise<void> {
    await this.context.setOffline(true);
    await closeSockets(this.page);
  }

  regainNetwork(): Promise<void> {
    return this.context.setOffline(false);
  }

  /** The page stays, without sockets and unable to open any, as in a tab that the browser has frozen. */
  fallSilent(): Promise<void> {
    return endSockets(this.page);
  }

  /** Closes the page: what comes next finds nobody here. */
  async leave(): Promise<void> {
    await this.fallSilent();
    await this.page.close();
  }
}

export const lineIn = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('navigation', { name: 'Conversations' }).getByRole('link', { name });
