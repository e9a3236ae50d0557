/** What the service worker asks of the server, with the page's cookie. Who is signed out gets no answers, and no harm is done. */
import type { DeviceList } from '../../../protocol/devices.ts';
import type { InboxPage } from '../../../protocol/inbox.ts';
import type { WorkerScope } from './scope.ts';

type Asking = Pick<WorkerScope, 'fetch'>;

/** Recent conversations in which nothing is unread, and the newest message that the server speaks of. */
export async function readConversations(scope: Asking): Promise<ReadonlyMap<string, number>> {
  const page = await ask<InboxPage>(scope, '/v1/inbox');
  const read = page?.conversations.filter((row) => row.unread_count === 0 && !row.marked_unread) ?? [];
  return new Map(read.map((row) => [row.conversation_id, row.last_message_id]));
}

/** The browser has given up the old address: the device that this session uses gets a new one. */
export async function renewAddress(scope: Asking & Pick<WorkerScope, 'registration'>): Promise<void> {
  const list = await ask<DeviceList>(scope, '/v1/devices');
  const device = list?.devices.find((one) => one.current && one.push === 'web');
  const key = device && (await ask<{ public_key: string }>(scope, '/v1/push/vapid-public-key'));
  // Turned off meanwhile, or signed out: there is nobody to subscribe for. The next start of the app looks again.
  if (!device || !key) return;
  const subscription = await scope.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key.public_key });
  await scope.fetch(`/v1/devices/${device.device_id}/push`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'web', subscription: subscription.toJSON() }),
  });
}

async function ask<T>(scope: Asking, path: string): Promise<T | undefined> {
  const answer = await scope.fetch(path);
  return answer.ok ? ((await answer.json()) as T) : undefined;
}
