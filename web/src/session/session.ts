/**
 * Who is signed in, and the one client that belongs to them.
 * A client lives exactly as long as its user is signed in; nobody else makes or closes one.
 */
import { createClient, indexedDbStorage, workerHeartbeat, type Client, type Observable } from '@natter/client';
import HeartbeatWorker from '@natter/client/heartbeat-worker?worker';
import type { OwnProfile } from '../../../protocol/accounts.ts';
import { createDirectory, type Directory } from './directory.ts';
import { createNotifications, type Notifications } from './notifications.ts';
import { createOpenConversations, type OpenConversations } from './open-conversations.ts';
import { ownProfile, signOut } from './accounts.ts';
import { browserPushPlatform } from './push-platform.ts';
import { createTurn, type Turn } from './turn.ts';
import { createValue } from './value.ts';

export interface SignedIn {
  me: OwnProfile;
  client: Client;
  turn: Turn;
  people: Directory;
  notifications: Notifications;
  conversations: OpenConversations;
}
export type SessionState = { kind: 'starting' } | { kind: 'unreachable' } | { kind: 'signed_out' } | ({ kind: 'signed_in' } & SignedIn);

export interface Session {
  state: Observable<SessionState>;
  /** Asks the server who is signed in: at the start, after signing in, and when it says that we are not. */
  refresh(): Promise<void>;
  /** The user has changed their own profile. */
  learn(me: OwnProfile): void;
  /** False when the server could not be told. */
  signOut(): Promise<boolean>;
}

export function createSession(): Session {
  const state = createValue<SessionState>({ kind: 'starting' });

  async function end(next: SessionState): Promise<void> {
    const before = state.get();
    state.set(next);
    if (before.kind !== 'signed_in') return;
    await before.client.close();
  }

  return {
    state,
    async refresh() {
      const answer = await ownProfile();
      const before = state.get();
      if (!answer.ok) {
        if (before.kind !== 'signed_in') state.set({ kind: 'unreachable' });
        return;
      }
      const me = answer.value;
      if (me === null) return end({ kind: 'signed_out' });
      if (before.kind === 'signed_in' && before.me.user_id === me.user_id) return;
      await end(open(me));
    },
    learn(me) {
      const before = state.get();
      if (before.kind === 'signed_in' && before.me.user_id === me.user_id) state.set({ ...before, me });
    },
    async signOut() {
      const before = state.get();
      const answer = await signOut();
      if (answer.ok || answer.refused.status === 401) await end({ kind: 'signed_out' });
      // Who leaves on purpose leaves nothing behind; a session that merely expired keeps what was not sent.
      if (answer.ok && before.kind === 'signed_in') await Promise.all([before.client.forget(), before.notifications.forget()]);
      return answer.ok;
    },
  };
}

function open(me: OwnProfile): SessionState {
  const client = createClient({
    url: '',
    auth: { kind: 'cookie' },
    storage: indexedDbStorage(`natter-${me.user_id}`),
    environment: { heartbeat: workerHeartbeat(() => new HeartbeatWorker()) },
  });
  const people = createDirectory(client, me);
  return {
    kind: 'signed_in',
    me,
    client,
    // Absent where the address is not a secure one, whatever the types say.
    turn: createTurn(client.inbox, `natter-inbox-${me.user_id}`, navigator.locks as LockManager | undefined),
    people,
    conversations: createOpenConversations(client),
    notifications: createNotifications({
      api: client.api,
      platform: browserPushPlatform(),
      storage: browserStorage(),
      userId: me.user_id,
      deviceId: () => client.deviceId(),
    }),
  };
}

/** Reading the property alone throws where storage is forbidden. */
function browserStorage(): Storage | null {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}
