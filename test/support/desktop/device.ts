/**
 * A browser on a desktop, installed on one person's machine. Its push service is a stand-in: a browser under
 * test reaches no vendor's, so pages get the stand-in's subscription, and what came for it is handed to the
 * browser as its own push service would. All else is the browser's own.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrowserContext, CDPSession } from 'playwright-core';
import type { WebSubscription } from '../../../protocol/devices.ts';
import type { PushPayload } from '../../../durable/user-inbox/push-api.ts';
import { launchProfile } from '../browser.ts';
import { Desktop } from './desktop.ts';

const ANSWER_LIMIT_MS = 2_000;

type Noted = Pick<Notification, 'title' | 'body' | 'tag' | 'data'>;

const BODY = 'You have a new message';

/** What is shown of a message. */
export const notificationOf = (title: string, conversation_id: string, message_id: number): Noted => ({
  title,
  body: BODY,
  tag: conversation_id,
  data: { conversation_id, message_id },
});

/** What is sent about it; `badge`: how much is unread. */
export const payloadOf = (title: string, conversation_id: string, message_id: number, badge: number): PushPayload => ({
  conversation_id,
  message_id,
  title,
  body: BODY,
  badge,
});

export class Device {
  readonly context: BrowserContext;
  readonly desktop: Desktop;
  readonly #folder: string;
  readonly #origin: string;
  readonly #tools: CDPSession;
  readonly #registrationId: Promise<string>;

  private constructor(folder: string, url: string, context: BrowserContext, desktop: Desktop, tools: CDPSession) {
    this.#folder = folder;
    this.#origin = new URL(url).origin;
    this.context = context;
    this.desktop = desktop;
    this.#tools = tools;
    this.#registrationId = new Promise((resolve) =>
      tools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const own = registrations.find((one) => one.scopeURL === `${this.#origin}/` && !one.isDeleted);
        if (own !== undefined) resolve(own.registrationId);
      }),
    );
  }

  static async start(url: string, subscription: WebSubscription): Promise<Device> {
    const folder = await mkdtemp(join(tmpdir(), 'natter-device-'));
    const desktop = await Desktop.start(join(folder, 'bus'));
    const context = await launchProfile(join(folder, 'profile'), url, { DBUS_SESSION_BUS_ADDRESS: desktop.address });
    await context.addInitScript(subscribeWith, subscription);
    // The page a browser starts with stays: the browser runs while the app is closed.
    const tools = await context.newCDPSession(context.pages()[0]!);
    const device = new Device(folder, url, context, desktop, tools);
    await tools.send('ServiceWorker.enable');
    return device;
  }

  /** What the browser's push service does when a message has come: wakes the service worker, and gives it the text. */
  async deliver(data: string): Promise<void> {
    await this.stopServiceWorker();
    await this.#tools.send('ServiceWorker.deliverPushMessage', { origin: this.#origin, registrationId: await this.#registrationId, data });
  }

  /** The browser may at any time: a service worker with nothing to do is not kept. */
  async stopServiceWorker(): Promise<void> {
    await this.#tools.send('ServiceWorker.stopAllWorkers');
  }

  /** The notifications as the service worker has them. Throws when it is stopped meanwhile: ask again. */
  async notifications(): Promise<Noted[]> {
    const asked = async () => {
      await this.#tools.send('ServiceWorker.startWorker', { scopeURL: `${this.#origin}/` });
      const worker = this.context.serviceWorkers()[0] ?? (await this.context.waitForEvent('serviceworker'));
      return worker.evaluate(notificationsHere);
    };
    // One that has stopped would be waited for until something starts it.
    const stopped = sleep(ANSWER_LIMIT_MS, undefined, { ref: false }).then(() =>
      Promise.reject(new Error('no answer of the service worker')),
    );
    return Promise.race([asked(), stopped]);
  }

  async stop(): Promise<void> {
    await this.context.close();
    await this.desktop.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Runs in the service worker. */
async function notificationsHere(): Promise<Noted[]> {
  const { registration } = globalThis as unknown as { registration: ServiceWorkerRegistration };
  return (await registration.getNotifications()).map(({ title, body, tag, data }) => ({ title, body, tag, data: data as unknown }));
}

/** Runs in every page, before anything else. The browser would remember a subscription of its own, too. */
function subscribeWith(subscription: WebSubscription): void {
  const KEY = 'push-service:application-server-key';
  const current = (): PushSubscription | null => {
    const key = localStorage.getItem(KEY);
    if (key === null) return null;
    const bytes = Uint8Array.from(atob(key.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
    const options = { userVisibleOnly: true, applicationServerKey: bytes.buffer };
    const { endpoint, expirationTime = null } = subscription;
    const unsubscribe = () => Promise.resolve(localStorage.removeItem(KEY) === undefined);
    return { endpoint, expirationTime, options, getKey: () => null, toJSON: () => ({ ...subscription, expirationTime }), unsubscribe };
  };
  PushManager.prototype.getSubscription = () => Promise.resolve(current());
  PushManager.prototype.subscribe = (options) => {
    localStorage.setItem(KEY, String(options?.applicationServerKey));
    return Promise.resolve(current()!);
  };
}
