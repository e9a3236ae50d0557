/**
 * Whose presence this user's devices show. A device's set is in its attachment, and holds only
 * those it may watch; what they were last heard to be, and who may be watched, is remembered in
 * memory for a while. The watched users' objects tell what changes; what got lost on the way is
 * made good when the device renews its set.
 */
import type { PresenceFrame } from '../../protocol/inbox.ts';
import { WATCH_LEASE_MS, WATCHED_USERS_MAX } from '../../protocol/limits.ts';
import { concurrently } from '../kit/in-parallel.ts';
import type { Permission } from './presence.ts';
import type { PresenceNews, PresenceState, Watching } from './presence-api.ts';
import type { WatchTurns } from './watch/turns.ts';
import type { PresenceConnection, PresenceDeps } from './watches.ts';

/** Being allowed is remembered as long as a watch lasts. */
const ALLOWED_MS = WATCH_LEASE_MS;
/** Being refused is remembered for less, for one may have become a contact; when a conversation begins, no longer. */
export const REFUSED_MS = 60_000;
/** A second device that asks so shortly after the first is answered from memory. */
const ANSWER_MS = 60_000;
const REMEMBERED_MAX = 2_000;

const UNKNOWN = { status: 'offline', last_seen: null } as const;

interface Remembered extends PresenceState {
  asked_at: number;
}

export class WatchedUsers {
  readonly #deps: PresenceDeps;
  readonly #permissions = new Map<string, Permission & { until: number }>();
  readonly #shown = new Map<string, Remembered>();
  /** The last `watch` of each device: an older one that is still under way has no say any more. */
  readonly #latest = new WeakMap<PresenceConnection, object>();

  readonly #turns: WatchTurns;
  /** Those whose permission may have changed: asked together. */
  readonly #doubtful = new Set<string>();

  constructor(deps: PresenceDeps, turns: WatchTurns) {
    this.#deps = deps;
    this.#turns = turns;
  }

  /** Those who may be watched are told of as they answer; the others are left out without a word. */
  set(connection: PresenceConnection, userIds: readonly string[]): void {
    const wanted = new Set(userIds);
    wanted.delete(this.#deps.userId());
    const before = this.#watchedOn(connection);
    this.#put(
      connection,
      [...wanted].filter((id) => before.has(id)),
    );
    this.#unwatch([...before].filter((id) => !wanted.has(id)));
    const ask = {};
    this.#latest.set(connection, ask);
    if (wanted.size > 0) void this.#ask(connection, wanted, before, ask).catch(this.#deps.onError);
  }

  news({ user_id, ask_again, ...state }: PresenceNews): Watching {
    const devices = this.#devicesOf(user_id);
    if (ask_again === true) this.#permissions.delete(user_id);
    if (devices.length === 0) {
      this.#shown.delete(user_id);
      return null;
    }
    this.#show(user_id, state, devices);
    if (ask_again === true) this.#doubt([user_id]);
    const until = Math.max(...devices.map(({ attachment }) => attachment.watching_until ?? 0));
    return { watcher_id: this.#deps.userId(), until, sees_last_seen: this.#permissions.get(user_id)?.sees_last_seen ?? false };
  }

  setBlocked(otherId: string, blocked: boolean): void {
    this.#permissions.delete(otherId);
    if (blocked && this.#hide(otherId)) this.#unwatch([otherId]);
  }

  privacyChanged(): void {
    this.#permissions.clear();
    const watched = new Set(this.#deps.connections.all().flatMap((connection) => [...this.#watchedOn(connection)]));
    this.#doubt(watched);
  }

  conversationBegan(): void {
    for (const [id, { allowed }] of this.#permissions) if (!allowed) this.#permissions.delete(id);
  }

  /** Anybody may change what they allow as often as they like: of all who do, one question a turn. */
  #doubt(ids: Iterable<string>): void {
    for (const id of ids) this.#doubtful.add(id);
    if (this.#doubtful.size === 0) return;
    this.#turns.take(this.#doubtful, () => {
      const asked = [...this.#doubtful].slice(0, WATCHED_USERS_MAX);
      for (const id of asked) this.#doubtful.delete(id);
      this.#doubt([]);
      void this.#askAgain(asked).catch(this.#deps.onError);
    });
  }

  async #ask(connection: PresenceConnection, wanted: ReadonlySet<string>, before: ReadonlySet<string>, ask: object): Promise<void> {
    const { userId, peers, acquaintances, onError, connections, now } = this.#deps;
    const permissions = await this.#permit([...wanted]).catch((error: unknown) => {
      // Without the database: whom one talks with, and whom one watched already; neither with last seen.
      onError(error);
      const known = acquaintances();
      return new Map([...wanted].map((id) => [id, { allowed: known.has(id) || before.has(id), sees_last_seen: false }]));
    });
    if (this.#latest.get(connection) !== ask || !connections.all().includes(connection)) return;
    const allowed = [...wanted].filter((id) => this.#mayShow(permissions.get(id), id));
    const shown = this.#watchedOn(connection);
    this.#put(connection, allowed);
    for (const id of shown) if (!allowed.includes(id)) this.#send(connection, id, UNKNOWN);

    const unknown = allowed.filter((id) => {
      const known = this.#shown.get(id);
      if (known === undefined || now() - known.asked_at >= ANSWER_MS) return true;
      this.#send(connection, id, known);
      return false;
    });
    const call = async (id: string): Promise<void> => {
      const sees_last_seen = permissions.get(id)?.sees_last_seen ?? false;
      const state = await peers.watch(id, { watcher_id: userId(), until: now() + WATCH_LEASE_MS, sees_last_seen });
      this.#show(id, state, this.#devicesOf(id), now(), connection);
    };
    await concurrently(unknown, call, onError);
  }

  /** What was allowed may not be any more: it is asked and shown afresh, and hidden if nobody can say. */
  async #askAgain(ids: readonly string[]): Promise<void> {
    const { peers, userId, now, onError } = this.#deps;
    const permissions = await this.#permit(ids).catch((error: unknown) => {
      onError(error);
      return new Map<string, Permission>();
    });
    const call = async (id: string): Promise<void> => {
      const permission = permissions.get(id);
      if (permission === undefined || !this.#mayShow(permission, id)) return void this.#hide(id);
      if (this.#devicesOf(id).length === 0) return;
      const state = await peers.watch(id, {
        watcher_id: userId(),
        until: now() + WATCH_LEASE_MS,
        sees_last_seen: permission.sees_last_seen,
      });
      this.#show(id, state, this.#devicesOf(id), now());
    };
    await concurrently(ids, call, onError);
  }

  async #permit(ids: readonly string[]): Promise<Map<string, Permission>> {
    const { permissions, userId, acquaintances, now } = this.#deps;
    const known = this.#permissions;
    const unknown = ids.filter((id) => (known.get(id)?.until ?? 0) <= now());
    const found = unknown.length === 0 ? new Map<string, Permission>() : await permissions(userId(), unknown, acquaintances());
    if (known.size > REMEMBERED_MAX) known.clear();
    for (const id of unknown) {
      const permission = found.get(id) ?? { allowed: false, sees_last_seen: false };
      found.set(id, permission);
      known.set(id, { ...permission, until: now() + (permission.allowed ? ALLOWED_MS : REFUSED_MS) });
    }
    return new Map(ids.flatMap((id) => (found.has(id) || known.has(id) ? [[id, (found.get(id) ?? known.get(id))!]] : [])));
  }

  /** The user's own blocks hold whatever was answered, or could not be. */
  #mayShow(permission: Permission | undefined, id: string): boolean {
    return permission?.allowed === true && !this.#deps.isBlocked(id);
  }

  /** A later state to all devices that show it; to the one that asked in any case, for what it was told may not have arrived. */
  #show(id: string, state: PresenceState, devices: readonly PresenceConnection[], askedAt?: number, asker?: PresenceConnection): void {
    const old = this.#shown.get(id);
    const later = old === undefined || state.at >= old.at ? state : old;
    if (this.#shown.size > REMEMBERED_MAX) this.#shown.clear();
    this.#shown.set(id, { ...later, asked_at: askedAt ?? old?.asked_at ?? 0 });
    const changed = old === undefined || old.status !== later.status || old.last_seen !== later.last_seen;
    for (const device of devices) if (changed || device === asker) this.#send(device, id, later);
  }

  /** No device shows it any more. @returns whether one did */
  #hide(id: string): boolean {
    const old = this.#shown.get(id);
    this.#shown.delete(id);
    const devices = this.#deps.connections.all().filter((connection) => this.#watchedOn(connection).has(id));
    for (const connection of devices) {
      connection.attachment.watching = connection.attachment.watching.filter((watched) => watched !== id);
      connection.save();
      if (old === undefined || old.status !== 'offline' || old.last_seen !== null) this.#send(connection, id, UNKNOWN);
    }
    return devices.length > 0;
  }

  #send(connection: PresenceConnection, userId: string, { status, last_seen }: Pick<PresenceState, 'status' | 'last_seen'>): void {
    const frame: PresenceFrame = { op: 'presence', user_id: userId, status, ...(last_seen === null ? {} : { last_seen }) };
    this.#deps.connections.send(connection, JSON.stringify(frame), this.#deps.now());
  }

  #put(connection: PresenceConnection, ids: string[]): void {
    connection.attachment.watching = ids;
    connection.attachment.watching_until = this.#deps.now() + WATCH_LEASE_MS;
    connection.save();
  }

  /** Tells those whom no device shows any more. */
  #unwatch(ids: readonly string[]): void {
    const { peers, userId, onError } = this.#deps;
    const gone = ids.filter((id) => this.#devicesOf(id).length === 0);
    for (const id of gone) this.#shown.delete(id);
    if (gone.length > 0) void concurrently(gone, (id) => peers.unwatch(id, userId()), onError);
  }

  #watchedOn({ attachment }: PresenceConnection): Set<string> {
    return new Set((attachment.watching_until ?? 0) > this.#deps.now() ? attachment.watching : []);
  }

  #devicesOf(id: string): PresenceConnection[] {
    const { connections, now } = this.#deps;
    return connections.fresh(now()).filter((connection) => this.#watchedOn(connection).has(id));
  }
}
