/**
 * Who is signed in, and the one client that belongs to them.
 * A client lives exactly as long as its user is signed in; nobody else makes or closes one.
 * While the server does not say who it is, it is whoever it was last: the server still checks every request.
 */
import { createClient, indexedDbStorage, workerHeartbeat, type Client, type Observable } from '@natter/client';
import HeartbeatWorker from '@natter/client/heartbeat-worker?worker';
import type { OwnProfile } from '../../../protocol/accounts.ts';
import { retryIn } from '../lib/backoff.ts';
import { dropCopies } from './copies.ts';
import { createDirectory, type Directory } from './directory.ts';
import { createNotifications, type Notifications } from './notifications.ts';
import { createOpenConversations, type OpenConversations } from './open-conversations.ts';
import { ownProfile, signOut } from './accounts.ts';
import { createKnownProfile } from './known-profile.ts';
import { browserPushPlatform } from './push-platform.ts';
import { createRelations, type Relations } from './relations.ts';
import { createTurn, type Turn } from './turn.ts';
import { createValue } from './value.ts';

export interface SignedIn {
  me: OwnProfile;
  client: Client;
  turn: Turn;
  people: Directory;
  relations: Relations;
  notifications: Notifications;
  conversations: OpenConversations;
}
/** `chosen`: by the user, in this browser. `elsewhere`: it was in use here, and was ended. `expired`: it was not in use here. */
export type SignedOutBy = 'chosen' | 'elsewhere' | 'expired';
export type SessionState =
  | { kind: 'starting' }
  | { kind: 'unreachable' }
  | { kind: 'signed_out'; by: SignedOutBy }
  | ({ kind: 'signed_in' } & SignedIn);

export interface Session {
  state: Observable<SessionState>;
  /** Asks the server who is signed in: at the start, after signing in, and when it says that we are not. Without an answer it asks again later. */
  refresh(): Promise<void>;
  /** The user has changed their own profile. */
  learn(me: OwnProfile): void;
  /** False when the server could not be told. */
  signOut(): Promise<boolean>;
}

export function createSession(): Session {
  const state = createValue<SessionState>({ kind: 'starting' });
  const storage = browserStorage();
  const known = createKnownProfile(storage);
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function end(next: SessionState): Promise<void> {
    const before = state.get();
    state.set(next);
    if (before.kind !== 'signed_in') return;
    await before.client.close();
  }

  async function refresh(): Promise<void> {
    clearTimeout(timer);
    const answer = await ownProfile();
    if (!answer.ok) return unanswered();
    failures = 0;
    const me = answer.value;
    if (me === null) return ended();
    const before = state.get();
    if (before.kind === 'signed_in' && before.me.user_id === me.user_id) return learn(me);
    known.set(me);
    await end(open(me, storage));
  }

  async function unanswered(): Promise<void> {
    clearTimeout(timer);
    timer = setTimeout(() => void refresh(), retryIn(failures++, Math.random()));
    if (state.get().kind === 'signed_in') return;
    const me = known.get();
    if (me === null) state.set({ kind: 'unreachable' });
    else await end(open(me, storage));
  }

  async function ended(): Promise<void> {
    const before = state.get();
    // Each connection that ends asks: how it came is known from the first answer.
    if (before.kind === 'signed_out') return;
    const last = known.get();
    known.set(null);
    const wasInUse = before.kind === 'signed_in';
    const userId = wasInUse ? before.me.user_id : last?.user_id;
    await end({ kind: 'signed_out', by: last === null ? 'chosen' : wasInUse ? 'elsewhere' : 'expired' });
    if (userId !== undefined) await dropCopies(indexedDbStorage(databaseOf(userId)), userId);
  }

  function learn(me: OwnProfile): void {
    const before = state.get();
    if (before.kind !== 'signed_in' || before.me.user_id !== me.user_id) return;
    known.set(me);
    state.set({ ...before, me });
  }

  return {
    state,
    refresh,
    learn,
    async signOut() {
      const before = state.get();
      // First, so that the other tabs, whose sockets end with the session, know that it was chosen.
      known.set(null);
      const answer = await signOut();
      if (answer.ok || answer.refused.status === 401) await end({ kind: 'signed_out', by: 'chosen' });
      else if (before.kind === 'signed_in') known.set(before.me);
      // Who leaves on purpose leaves nothing behind; a session that merely expired keeps what was not sent.
      if (answer.ok && before.kind === 'signed_in') {
        await Promise.all([before.client.forget(), before.notifications.forget()]);
      }
      return answer.ok;
    },
  };
}

const databaseOf = (userId: string): string => `natter-${userId}`;

function open(me: OwnProfile, storage: Storage | null): SessionState {
  const client = createClient({
    url: '',
    auth: { kind: 'cookie' },
    storage: indexedDbStorage(databaseOf(me.user_id)),
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
    relations: createRelations({ api: client.api, people }),
    conversations: createOpenConversations(client),
    notifications: createNotifications({
      api: client.api,
      platform: browserPushPlatform(),
      storage,
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
