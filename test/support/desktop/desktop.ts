/**
 * The desktop's notifications, where Chromium on Linux shows its own
 * (https://specifications.freedesktop.org/notification-spec): what is on the screen, and a hand to click it.
 */
import { startSessionBus, type SessionBus } from './session-bus.ts';
import type { BusValue } from './bus-message.ts';

export interface OnScreen {
  id: number;
  title: string;
  body: string;
}

export class Desktop {
  /** The titles of all that came, those that took another's place too. */
  readonly told: string[] = [];
  readonly #shown = new Map<number, OnScreen>();
  #bus!: SessionBus;
  #lastId = 0;

  /** @param path of the bus's socket to be made */
  static async start(path: string): Promise<Desktop> {
    const desktop = new Desktop();
    desktop.#bus = await startSessionBus(path, {
      name: 'org.freedesktop.Notifications',
      path: '/org/freedesktop/Notifications',
      call: (member, args) => desktop.#call(member, args),
    });
    return desktop;
  }

  get address(): string {
    return this.#bus.address;
  }

  shown(): OnScreen[] {
    return [...this.#shown.values()];
  }

  /** Like the click of a person: the desktop says so to the browser, and takes the notification away. */
  click({ id }: OnScreen): void {
    this.#bus.signal('ActionInvoked', id, 'default');
    this.#drop(id, CLOSED_BY_PERSON);
  }

  close(): Promise<void> {
    return this.#bus.close();
  }

  #call(member: string, args: readonly BusValue[]): readonly BusValue[] | undefined {
    if (member === 'GetCapabilities') return [['actions', 'body']];
    if (member === 'GetServerInformation') return ['test', 'test', '1', '1.2'];
    if (member === 'CloseNotification') {
      this.#drop(Number(args[0]), CLOSED_BY_BROWSER);
      return [];
    }
    if (member !== 'Notify') return undefined;
    const [, replaces, , title, body] = args;
    const id = Number(replaces) || ++this.#lastId;
    this.#shown.set(id, { id, title: String(title), body: String(body) });
    this.told.push(String(title));
    return [id];
  }

  #drop(id: number, why: number): void {
    if (this.#shown.delete(id)) this.#bus.signal('NotificationClosed', id, why);
  }
}

const CLOSED_BY_PERSON = 2;
const CLOSED_BY_BROWSER = 3;
