/** Everything that belongs to the user who is signed in: the client with a database of that user's own, and what is built on it. */
import { createClient, indexedDbStorage, workerHeartbeat, type Client } from '@natter/client';
import HeartbeatWorker from '@natter/client/heartbeat-worker?worker';
import type { OwnProfile } from '../../../protocol/accounts.ts';
import type { SmallStorage } from './browser-storage.ts';
import { databaseOf } from './copies.ts';
import { createDirectory, type Directory } from './directory.ts';
import { createNotifications, type Notifications } from './notifications.ts';
import { createOpenConversations, type OpenConversations } from './open-conversations.ts';
import { browserPushPlatform } from './push-platform.ts';
import { createRelations, type Relations } from './relations.ts';
import { createTurn, type Turn } from './turn.ts';

export interface SignedIn {
  me: OwnProfile;
  client: Client;
  turn: Turn;
  people: Directory;
  relations: Relations;
  notifications: Notifications;
  conversations: OpenConversations;
  /** False: the browser lets nothing be kept, so what is not sent is lost with the page. */
  keeps: Promise<boolean>;
}

export function openAs(me: OwnProfile, small: SmallStorage): SignedIn {
  const storage = indexedDbStorage(databaseOf(me.user_id));
  const client = createClient({
    url: '',
    auth: { kind: 'cookie' },
    userId: me.user_id,
    storage,
    environment: { heartbeat: workerHeartbeat(() => new HeartbeatWorker()) },
  });
  const people = createDirectory(client, me);
  return {
    me,
    client,
    // Absent where the address is not a secure one, whatever the types say.
    turn: createTurn(client.inbox, `natter-inbox-${me.user_id}`, navigator.locks as LockManager | undefined),
    people,
    relations: createRelations({ api: client.api, people }),
    conversations: createOpenConversations(client),
    keeps: storage.setValue('opened_at', String(Date.now())).then(
      () => true,
      () => false,
    ),
    notifications: createNotifications({
      api: client.api,
      platform: browserPushPlatform(),
      storage: small,
      userId: me.user_id,
      deviceId: () => client.deviceId(),
    }),
  };
}
