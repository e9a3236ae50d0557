/**
 * Who is signed in, and the one client that belongs to them.
 * A client lives exactly as long as its user is signed in; nobody else makes or closes one.
 * While the server does not say who it is, it is whoever it was last: the server still checks every request.
 * Invariant: what was opened for one user never goes on as another; that takes somebody who says so, and a new page.
 */
import type { Client, Observable } from '@natter/client';
import type { OwnProfile } from '../../../protocol/accounts.ts';
import { retryIn } from '../lib/backoff.ts';
import type { Answer } from './accounts.ts';
import type { KnownProfile } from './known-profile.ts';
import type { Notifications } from './notifications.ts';
import type { SignedIn } from './signed-in.ts';
import type { Tabs, TabNews } from './tabs.ts';
import { createValue } from './value.ts';

/** `chosen`: by the user, in this browser. `elsewhere`: it was in use here, and was ended. `expired`: it was not in use here. */
export type SignedOutBy = 'chosen' | 'elsewhere' | 'expired';
/** `other_user`: `me` has signed in in another tab, while this one was `was`'s. */
export type SessionState<Opened = SignedIn> =
  | { kind: 'starting' }
  | { kind: 'unreachable' }
  | { kind: 'signed_out'; by: SignedOutBy }
  | { kind: 'other_user'; me: OwnProfile; was: OwnProfile }
  | ({ kind: 'signed_in' } & Opened);

export interface Session<Opened = SignedIn> {
  state: Observable<SessionState<Opened>>;
  /** Asks the server who is signed in: at the start, and when it says that we are not. Without an answer it asks again later. */
  refresh(): Promise<void>;
  /** Somebody has signed in here. */
  signedIn(): Promise<void>;
  /** The user has changed their own profile. */
  learn(me: OwnProfile): void;
  /** False when the server could not be told. */
  signOut(): Promise<boolean>;
}

/** What the session asks of what is opened for a user. */
export interface Opening {
  me: OwnProfile;
  client: Pick<Client, 'close' | 'forget'>;
  notifications: Pick<Notifications, 'forget'>;
}

export interface SessionDeps<Opened extends Opening> {
  /** `value: null` when nobody is signed in: the server has said so. */
  ask(): Promise<Answer<OwnProfile | null>>;
  signOut(userId: string | undefined): Promise<Answer<null>>;
  open(me: OwnProfile): Opened;
  known: KnownProfile;
  tabs: Tabs;
  /** Keeps only what exists nowhere else on this device. */
  dropCopies(userId: string): Promise<void>;
  /** Leaves nothing of this user on this device. */
  forgetUser(userId: string): Promise<void>;
  setTimer(callback: () => void, delayMs: number): () => void;
  random(): number;
}

export function createSession<Opened extends Opening>(deps: SessionDeps<Opened>): Session<Opened> {
  const { ask, known, tabs } = deps;
  const state = createValue<SessionState<Opened>>({ kind: 'starting' });
  let failures = 0;
  let cancelRetry = () => {};
  /** Rises with news from another tab: an answer that was asked for before says less. */
  let generation = 0;

  async function end(next: SessionState<Opened>): Promise<void> {
    const before = state.get();
    state.set(next);
    if (before.kind === 'signed_in') await before.client.close();
  }

  const opened = (me: OwnProfile): SessionState<Opened> => ({ kind: 'signed_in', ...deps.open(me) });

  async function refresh(): Promise<void> {
    cancelRetry();
    const mine = generation;
    const answer = await ask();
    if (mine !== generation) return;
    if (!answer.ok) return unanswered();
    failures = 0;
    await (answer.value === null ? ended() : signedInAs(answer.value));
  }

  async function signedInAs(me: OwnProfile): Promise<void> {
    const before = state.get();
    if (before.kind === 'signed_in' && before.me.user_id === me.user_id) return learn(me);
    known.set(me);
    const was = before.kind === 'signed_in' ? before.me : before.kind === 'other_user' ? before.was : me;
    await end(was.user_id === me.user_id ? opened(me) : { kind: 'other_user', me, was });
  }

  async function unanswered(): Promise<void> {
    cancelRetry();
    cancelRetry = deps.setTimer(() => void refresh(), retryIn(failures++, deps.random()));
    const { kind } = state.get();
    if (kind === 'signed_in' || kind === 'other_user') return;
    const me = known.get();
    if (me === null) state.set({ kind: 'unreachable' });
    else await end(opened(me));
  }

  async function ended(): Promise<void> {
    const before = state.get();
    // Each connection that ends asks: how it came is known from the first answer.
    if (before.kind === 'signed_out') return;
    const last = known.get();
    const wasInUse = before.kind === 'signed_in';
    const userId = wasInUse ? before.me.user_id : last?.user_id;
    // Who has signed in in another tab meanwhile stays known.
    if (last?.user_id === userId) known.set(null);
    await end({ kind: 'signed_out', by: last === null ? 'chosen' : wasInUse ? 'elsewhere' : 'expired' });
    if (userId !== undefined) await deps.dropCopies(userId);
  }

  function learn(me: OwnProfile): void {
    const before = state.get();
    if (before.kind !== 'signed_in' || before.me.user_id !== me.user_id) return;
    known.set(me);
    state.set({ ...before, me });
  }

  /** At once, with or without a network: what was opened for one user is not to be used for a moment longer. */
  async function onNews(news: TabNews): Promise<void> {
    generation++;
    const before = state.get();
    if (news.type === 'signed_in') return signedInAs(news.me);
    if (before.kind !== 'signed_in' || before.me.user_id !== news.userId) {
      await deps.forgetUser(news.userId);
      return before.kind === 'signed_out' ? undefined : refresh();
    }
    state.set({ kind: 'signed_out', by: 'chosen' });
    // The tab in which it was chosen has deleted it: nothing that is still under way here may bring it back.
    await before.client.forget();
  }

  tabs.onNews((news) => void onNews(news).catch(() => {}));

  return {
    state,
    refresh,
    async signedIn() {
      await refresh();
      const now = state.get();
      if (now.kind === 'signed_in') tabs.tell({ type: 'signed_in', me: now.me });
    },
    learn,
    async signOut() {
      const before = state.get();
      const me = before.kind === 'signed_in' ? before.me : null;
      // First, so that the other tabs, whose sockets end with the session, know that it was chosen.
      known.set(null);
      const answer = await deps.signOut(me?.user_id);
      if (!answer.ok && me !== null) known.set(me);
      if (!answer.ok && answer.refused.status === 409) await refresh();
      if (answer.ok || answer.refused.status === 401) {
        known.set(null);
        await end({ kind: 'signed_out', by: 'chosen' });
      }
      // Who leaves on purpose leaves nothing behind; a session that merely expired keeps what was not sent.
      if (answer.ok && before.kind === 'signed_in') {
        await Promise.allSettled([before.client.forget(), before.notifications.forget()]);
        tabs.tell({ type: 'signed_out', userId: before.me.user_id });
      }
      return answer.ok;
    },
  };
}
