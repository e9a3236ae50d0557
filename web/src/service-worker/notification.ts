/** How a message is notified, by the service worker and by a page in the background: one notification a conversation, and none that rings twice. */
import type { PushMessage } from '../lib/push-message.ts';

const ICON = '/icon-192.png';
/** White on nothing: Android shows only its outline. */
const BADGE = '/badge-96.png';
const TEST_TAG = 'test';

/** `renotify` and `timestamp` are in the standard (W3C Notifications), and not yet in every list of types. */
export interface ShowOptions {
  body: string;
  tag: string;
  icon: string;
  badge: string;
  renotify: boolean;
  timestamp: number;
  data: NotificationData;
}

export interface NotificationData {
  conversation_id: string | null;
  message_id: number;
}

/** What we use of a `ServiceWorkerRegistration`. */
export interface Shower {
  showNotification(title: string, options: ShowOptions): Promise<void>;
  getNotifications(filter: { tag: string }): Promise<readonly { data: unknown }[]>;
}

export async function show(registration: Shower, { title, body, conversation_id, message_id }: PushMessage, at: number): Promise<void> {
  const tag = conversation_id ?? TEST_TAG;
  const [before] = await registration.getNotifications({ tag });
  await registration.showNotification(title, {
    body,
    tag,
    icon: ICON,
    badge: BADGE,
    renotify: before === undefined || conversation_id === null || message_id > messageIn(before),
    timestamp: at,
    data: { conversation_id, message_id },
  });
}

/** The message that a notification of ours was shown for; 0 for any other. */
export function messageIn({ data }: { data?: unknown }): number {
  const id = typeof data === 'object' && data !== null && 'message_id' in data ? data.message_id : 0;
  return typeof id === 'number' ? id : 0;
}
