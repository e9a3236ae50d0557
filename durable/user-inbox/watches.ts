/**
 * Presence of one user in both directions: who is told of it (watchers.ts), and whose this
 * user's devices show (watched-users.ts). No watcher is a row, and nothing here runs on a timer:
 * freshness is computed when somebody asks, and an alarm is armed only while somebody watches.
 */
import type { PresenceStatus } from '../../protocol/inbox.ts';
import type { Permission, Seat } from './presence.ts';
import type { PresenceNews, PresenceState, Watch, Watching } from './presence-api.ts';
import type { PresenceStore } from './presence-store.ts';
import { WatchedUsers } from './watched-users.ts';
import { WatchTurns } from './watch/turns.ts';
import { Watchers } from './watchers.ts';

/** What is asked of an inbox socket. */
export interface PresenceConnection {
  readonly attachment: {
    active: boolean;
    expires_at: number;
    owed: Readonly<Record<string, unknown>>;
    /** Whose presence the device shows: only those it may. */
    watching: string[];
    /** When that lapses. */
    watching_until?: number;
    watchers: Seat[];
    /** What the watchers were last told, and when. */
    told?: PresenceStatus;
    told_at?: number;
  };
  /** After changing the attachment. */
  save(): void;
}

export interface PresenceConnections {
  all(): readonly PresenceConnection[];
  fresh(now: number): readonly PresenceConnection[];
  heardAt(connection: PresenceConnection): number;
  send(connection: PresenceConnection, text: string, now: number): boolean;
  close(connection: PresenceConnection, code: number, reason: string): void;
}

export interface PresenceDeps {
  connections: PresenceConnections;
  store: Pick<PresenceStore, 'load' | 'save'>;
  /** The user blocks them. */
  isBlocked(userId: string): boolean;
  userId(): string;
  /** The own choice: nobody is told when the user was last here, whatever they remember of being allowed. */
  hidesLastSeen(): boolean;
  rateFactor: number;
  schedule(callback: () => void, delayMs: number): void;
  now(): number;
  arm(at: number | null): void;
  onError(error: unknown): void;
  /** Other users' objects. */
  peers: {
    watch(userId: string, watch: Watch): Promise<PresenceState>;
    unwatch(userId: string, watcherId: string): Promise<void>;
    news(userId: string, news: PresenceNews): Promise<Watching>;
  };
  /** From D1, for each of the others; of those in `known` it is known already that a conversation is shared. */
  permissions(userId: string, others: readonly string[], known: ReadonlySet<string>): Promise<Map<string, Permission>>;
  /** Ids of people in own direct or small conversations, known without D1. */
  acquaintances(): ReadonlySet<string>;
  /** The 20 most recent direct partners. */
  recentPartners(): string[];
}

export class Presence {
  readonly #watchers: Watchers;
  readonly #watched: WatchedUsers;
  readonly #turns: WatchTurns;

  constructor(deps: PresenceDeps) {
    this.#watchers = new Watchers(deps);
    this.#turns = new WatchTurns(deps);
    this.#watched = new WatchedUsers(deps, this.#turns);
  }

  /** After it was added. */
  opened(connection: PresenceConnection): void {
    this.#watchers.opened(connection);
  }

  /** After it was dropped. */
  closed(connection: PresenceConnection): void {
    this.#turns.forget(connection);
    this.#watchers.closed(connection);
  }

  activeChanged(): void {
    this.#watchers.refresh();
  }

  /** Replaces the set that this device shows, and renews it; a little later when that is asked all the time. */
  setWatch(connection: PresenceConnection, userIds: readonly string[]): void {
    this.#turns.take(connection, () => this.#watched.set(connection, userIds));
  }

  /** The user has become a member of a conversation: who was refused may be allowed. */
  conversationBegan(): void {
    this.#watched.conversationBegan();
  }

  watchedBy(watch: Watch): PresenceState {
    return this.#watchers.watchedBy(watch);
  }

  unwatchedBy(watcherId: string): void {
    this.#watchers.unwatchedBy(watcherId);
  }

  /** Somebody else has come or gone. */
  news(news: PresenceNews): Watching {
    return this.#watched.news(news);
  }

  /** It is stored. Neither sees the other from here on. @throws when the other's object could not be told: to be repeated, harmlessly */
  async blockChanged(otherId: string, blocked: boolean): Promise<void> {
    this.#watched.setBlocked(otherId, blocked);
    await this.#watchers.blockChanged(otherId);
  }

  privacyChanged(): void {
    this.#watched.privacyChanged();
    this.#watchers.privacyChanged();
  }

  /** From the alarm. */
  ring(): void {
    this.#watchers.ring();
  }

  nextAt(): number | null {
    return this.#watchers.nextAt();
  }
}
