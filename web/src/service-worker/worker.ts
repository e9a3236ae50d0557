/**
 * Notifications while the app is closed, and nothing else: no cache, no fetches of the page.
 * Invariant: every push ends in a notification that can be seen, whatever else fails.
 * One notification per conversation; a repeated push is not rung twice.
 */
import { pushMessageOf, type PushMessage } from '../lib/push-message.ts';
import { pathOf } from '../lib/routes.ts';
import type { WorkerMessage } from '../lib/worker-message.ts';
import { messageIn, show } from './notification.ts';
import { readConversations, renewAddress } from './server.ts';
import type { OpenWindow, ShownNotification, WorkerScope } from './scope.ts';

export function startWorker(scope: WorkerScope, now: () => number): void {
  scope.addEventListener('install', (event) => event.waitUntil(scope.skipWaiting()));
  scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()));
  scope.addEventListener('push', (event) => event.waitUntil(pushed(scope, pushMessageOf(event.data?.text()), now())));
  scope.addEventListener('notificationclick', (event) => {
    event.notification.close();
    event.waitUntil(open(scope, conversationOf(event.notification)));
  });
  scope.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renewAddress(scope)));
}

async function pushed(scope: WorkerScope, message: PushMessage, at: number): Promise<void> {
  await show(scope.registration, message, at);
  // What follows is tidying up: the notification stands.
  await Promise.allSettled([
    message.badge === null ? undefined : scope.navigator.setAppBadge?.(message.badge),
    closeRead(scope),
    tell(scope, { type: 'pushed' }),
  ]);
}

async function closeRead(scope: WorkerScope): Promise<void> {
  const shown = await scope.registration.getNotifications();
  // The one that was just shown is no reason to ask.
  if (shown.length < 2) return;
  const read = await readConversations(scope);
  for (const notification of shown) if (messageIn(notification) <= (read.get(notification.tag) ?? -1)) notification.close();
}

/** The window in front, else any: one that is open already is not opened again. */
async function open(scope: WorkerScope, conversationId: string | null): Promise<void> {
  const windows = await windowsOf(scope);
  const window = windows.find((one) => one.focused) ?? windows.find((one) => one.visibilityState === 'visible') ?? windows[0];
  if (window === undefined) {
    await scope.clients.openWindow(pathOf(conversationId === null ? { page: 'list' } : { page: 'conversation', conversationId }));
    return;
  }
  if (conversationId !== null) window.postMessage({ type: 'open', conversation_id: conversationId } satisfies WorkerMessage);
  await window.focus();
}

async function tell(scope: WorkerScope, message: WorkerMessage): Promise<void> {
  for (const window of await windowsOf(scope)) window.postMessage(message);
}

const windowsOf = (scope: WorkerScope): Promise<readonly OpenWindow[]> =>
  scope.clients.matchAll({ type: 'window', includeUncontrolled: true });

function conversationOf({ data }: ShownNotification): string | null {
  const id = typeof data === 'object' && data !== null && 'conversation_id' in data ? data.conversation_id : null;
  return typeof id === 'string' ? id : null;
}
