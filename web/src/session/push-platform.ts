/** Notifications as the browser has them: permission, the service worker, the subscription. Decides nothing. */
import type { WebSubscription } from '../../../protocol/devices.ts';
import type { PushMessage } from '../lib/push-message.ts';
import { messageIn, show } from '../service-worker/notification.ts';

export interface Subscription {
  /** As the server takes it. */
  wire: WebSubscription;
  /** The application server's key it was made for, base64url. */
  key: string;
}

/** A shown notification. */
export interface Shown {
  conversationId: string;
  /** The message it was shown for. */
  messageId: number;
  close(): void;
}

export interface PushPlatform {
  isSupported(): boolean;
  permission(): NotificationPermission;
  /** Only from a click: browsers refuse it otherwise, some for good. */
  askPermission(): Promise<NotificationPermission>;
  subscription(): Promise<Subscription | null>;
  /** Installs the service worker, or its newest version, and subscribes. */
  subscribe(key: string): Promise<Subscription>;
  unsubscribe(): Promise<void>;
  /** As the service worker shows a push, so that either replaces the other. */
  show(message: PushMessage, at: number): Promise<void>;
  shown(): Promise<Shown[]>;
}

export const SERVICE_WORKER_PATH = '/service-worker.js';

export function browserPushPlatform(): PushPlatform {
  const registration = async () => (await navigator.serviceWorker.getRegistration()) ?? null;
  const current = async () => (await (await registration())?.pushManager.getSubscription()) ?? null;
  return {
    isSupported: () => 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis,
    permission: () => Notification.permission,
    askPermission: () => Notification.requestPermission(),
    async subscription() {
      const subscription = await current();
      return subscription && read(subscription);
    },
    async subscribe(key) {
      await navigator.serviceWorker.register(SERVICE_WORKER_PATH, { updateViaCache: 'none' });
      const { pushManager } = await navigator.serviceWorker.ready;
      const before = await pushManager.getSubscription();
      // One for another key must go first; one for this key is answered again.
      if (before && read(before).key !== key) await before.unsubscribe();
      return read(await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
    },
    async unsubscribe() {
      await (await current())?.unsubscribe();
    },
    async show(message, at) {
      const installed = await registration();
      if (installed) await show(installed, message, at);
    },
    async shown() {
      const notifications = (await (await registration())?.getNotifications()) ?? [];
      return notifications.map((notification) => ({
        conversationId: notification.tag,
        messageId: messageIn(notification),
        close: () => notification.close(),
      }));
    },
  };
}

function read(subscription: PushSubscription): Subscription {
  const { endpoint, expirationTime = null, keys = {} } = subscription.toJSON();
  const { p256dh = '', auth = '' } = keys;
  return {
    wire: { endpoint: endpoint ?? subscription.endpoint, expirationTime, keys: { p256dh, auth } },
    key: base64url(subscription.options.applicationServerKey),
  };
}

function base64url(bytes: ArrayBuffer | null): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes ?? new ArrayBuffer())));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
