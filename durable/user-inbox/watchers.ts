/**
 * Those who show this user's presence. They sit in the attachments of the user's sockets, a copy
 * in each, and outlive the last socket in the single row of presence-store.ts. What they were told
 * last is kept with them; a newcomer is answered the same, so that all are told the next change.
 * Being told twice does no harm, and who missed it learns when they renew.
 */
import { CLOSE } from '../../protocol/errors.ts';
import type { PresenceStatus } from '../../protocol/inbox.ts';
import { LEASE_MS, WATCH_LEASE_MS } from '../../protocol/limits.ts';
import { concurrently } from '../kit/in-parallel.ts';
import { GRACE_MS, nextChangeAt, seatsLeft, shownStatus, tellAt, type Lease, type Seat, type Told } from './presence.ts';
import type { PresenceState, Watch, Watching } from './presence-api.ts';
import type { PresenceConnection, PresenceDeps } from './watches.ts';

export class Watchers {
  readonly #deps: PresenceDeps;
  #seats: Map<string, Seat>;
  #told: Told;
  #lastSeen: number | null;
  #leavingAt: number | null;
  /** The user has come, and the partners have not been told yet. */
  #coming = false;
  #lastAt = 0;

  constructor(deps: PresenceDeps) {
    this.#deps = deps;
    const sockets = deps.connections.all();
    const record = deps.store.load();
    const now = deps.now();
    this.#lastSeen = record?.last_seen ?? null;
    this.#leavingAt = sockets.length > 0 ? null : (record?.leaving_at ?? null);
    const seats = sockets.length > 0 ? sockets.flatMap(({ attachment }) => attachment.watchers) : (record?.watchers ?? []);
    this.#seats = new Map(seatsLeft(seats, now).map((seat) => [seat[0], seat]));
    const last = sockets.map(({ attachment }) => attachment).toSorted((a, b) => (b.told_at ?? 0) - (a.told_at ?? 0))[0];
    if (last === undefined) this.#told = { status: record?.told ?? 'offline', at: 0 };
    else this.#told = { status: last.told ?? shownStatus(this.#leases(), { status: 'offline', at: 0 }, null, now), at: last.told_at ?? 0 };
  }

  opened(connection: PresenceConnection): void {
    const now = this.#deps.now();
    const alone = this.#deps.connections.fresh(now).every((other) => other === connection);
    this.#settle(now, alone ? [] : this.#leases(connection));
    this.#leavingAt = null;
    if (alone && this.#told.status === 'offline') this.#coming = true;
    if (this.#seats.size > 0) this.#seatIn([connection]);
    this.refresh();
  }

  closed(connection: PresenceConnection): void {
    const { connections, now: clock } = this.#deps;
    const now = clock();
    if (connections.fresh(now).length === 0) {
      const heardAt = connections.heardAt(connection);
      const lapsed = now - heardAt > LEASE_MS;
      this.#lastSeen = Math.max(this.#lastSeen ?? 0, lapsed ? heardAt : now);
      if (!lapsed) this.#leavingAt = now;
      this.#coming = false;
      this.#store();
    }
    this.refresh();
  }

  watchedBy(watch: Watch): PresenceState {
    const now = this.#deps.now();
    // They may still remember that they are allowed, or not have been able to ask.
    if (this.#deps.isBlocked(watch.watcher_id)) return { status: 'offline', last_seen: null, at: this.#tick() };
    this.refresh();
    const seat: Seat = [watch.watcher_id, Math.min(watch.until, now + WATCH_LEASE_MS), watch.sees_last_seen];
    this.#sit(seat, now);
    this.#save();
    this.#deps.arm(this.nextAt());
    return this.#state(seat);
  }

  unwatchedBy(watcherId: string): void {
    if (this.#seats.delete(watcherId)) this.#save();
  }

  async blockChanged(otherId: string): Promise<void> {
    this.unwatchedBy(otherId);
    await this.#deps.peers.news(otherId, {
      user_id: this.#deps.userId(),
      status: 'offline',
      last_seen: null,
      at: this.#tick(),
      ask_again: true,
    });
  }

  /** Nobody sees when the user was last here until their own object has asked again. */
  privacyChanged(): void {
    const { peers, userId, now, onError } = this.#deps;
    this.#settle(now(), this.#leases());
    const seats = [...this.#seats.values()].map(([id, until]): Seat => [id, until, false]);
    if (seats.length === 0) return;
    this.#seats = new Map(seats.map((seat) => [seat[0], seat]));
    this.#save();
    const call = (seat: Seat) => peers.news(seat[0], { user_id: userId(), ...this.#state(seat), ask_again: true });
    void concurrently(seats, call, onError);
  }

  /** Tells what has changed, when it may be told, and arms the alarm for what comes next. */
  refresh(): void {
    const now = this.#deps.now();
    this.#settle(now, this.#leases());
    const status = this.#status(now);
    const due = tellAt(this.#told, status, now);
    if (due === null) this.#coming = false;
    else if (due <= now) this.#tell(status, now);
    this.#deps.arm(this.nextAt());
  }

  ring(): void {
    const { connections, now: clock } = this.#deps;
    const now = clock();
    this.#settle(now, this.#leases());
    if (this.#seats.size > 0) {
      for (const connection of this.#stale(now)) {
        const { expires_at } = connection.attachment;
        const [code, reason] =
          expires_at <= now ? [CLOSE.credentials_ended, 'the session has ended'] : [CLOSE.heartbeat_lost, 'no heartbeat'];
        connections.close(connection, code, reason);
      }
    }
    this.refresh();
  }

  /** Null while nobody watches: then nobody waits for anything. */
  nextAt(): number | null {
    const now = this.#deps.now();
    if (this.#seats.size === 0 && !this.#coming) return null;
    const leases = this.#leases();
    const dues = [
      tellAt(this.#told, this.#status(now), now),
      nextChangeAt(leases, now),
      this.#leavingAt !== null && this.#told.status !== 'offline' ? Math.max(now, this.#leavingAt + GRACE_MS) : null,
      this.#seats.size > 0 && this.#stale(now).length > 0 ? now : null,
    ].filter((due) => due !== null);
    return dues.length === 0 ? null : Math.min(...dues);
  }

  /** Seats that have lapsed go; while nobody watches, a change needs no telling. */
  #settle(now: number, leases: readonly Lease[]): void {
    const left = seatsLeft(this.#seats.values(), now);
    if (left.length < this.#seats.size) this.#seats = new Map(left.map((seat) => [seat[0], seat]));
    if (this.#seats.size > 0 || this.#coming) return;
    this.#told = { status: shownStatus(leases, this.#told, this.#leavingAt, now), at: this.#told.at };
  }

  #tell(status: PresenceStatus, now: number): void {
    const { recentPartners, userId, isBlocked, onError } = this.#deps;
    const audience = new Map<string, Seat | null>(this.#seats);
    if (this.#coming && status !== 'offline') {
      for (const id of recentPartners()) if (!audience.has(id) && id !== userId() && !isBlocked(id)) audience.set(id, null);
    }
    this.#coming = false;
    this.#told = { status, at: audience.size > 0 ? now : this.#told.at };
    if (status === 'offline') {
      this.#leavingAt = null;
      this.#lastSeen = this.#lastHeard();
      this.#store();
    }
    this.#save();
    if (audience.size > 0) void this.#spread(audience).catch(onError);
  }

  async #spread(audience: ReadonlyMap<string, Seat | null>): Promise<void> {
    const { peers, userId, onError, arm } = this.#deps;
    const call = async ([id, seat]: [string, Seat | null]): Promise<void> => {
      const answer = await peers.news(id, { user_id: userId(), ...this.#state(seat) });
      this.#answered(id, seat, answer);
    };
    await concurrently(audience, call, onError);
    this.#save();
    arm(this.nextAt());
  }

  #answered(id: string, seat: Seat | null, answer: Watching): void {
    const now = this.#deps.now();
    const present = this.#seats.get(id);
    if (answer === null) {
      // Unless they have sat down anew meanwhile.
      if (present !== undefined && present === seat) this.#seats.delete(id);
    } else if (!this.#deps.isBlocked(id)) {
      const until = Math.min(answer.until, now + WATCH_LEASE_MS);
      this.#sit([id, Math.max(until, present?.[1] ?? 0), present?.[2] ?? answer.sees_last_seen], now);
    }
  }

  #sit(seat: Seat, now: number): void {
    this.#seats.set(seat[0], seat);
    this.#seats = new Map(seatsLeft(this.#seats.values(), now).map((left) => [left[0], left]));
  }

  #state(seat: Seat | null): PresenceState {
    const { status } = this.#told;
    const shows = status === 'offline' && seat?.[2] === true && !this.#deps.hidesLastSeen();
    return { status, last_seen: shows ? this.#lastHeard() : null, at: this.#tick() };
  }

  #status(now: number): PresenceStatus {
    return shownStatus(this.#leases(), this.#told, this.#leavingAt, now);
  }

  #leases(except?: PresenceConnection): Lease[] {
    const { connections } = this.#deps;
    return connections
      .all()
      .filter((connection) => connection !== except)
      .map((connection) => {
        const { active, expires_at } = connection.attachment;
        return { active, ends_at: Math.min(connections.heardAt(connection) + LEASE_MS, expires_at - 1) };
      });
  }

  /** Sockets to be closed, for their device may come back without a word; what is owed to a device is dealt with before. */
  #stale(now: number): PresenceConnection[] {
    const { connections } = this.#deps;
    const fresh = new Set(connections.fresh(now));
    return connections.all().filter((connection) => !fresh.has(connection) && Object.keys(connection.attachment.owed).length === 0);
  }

  #lastHeard(): number | null {
    const { connections } = this.#deps;
    const heard = connections.all().map((connection) => connections.heardAt(connection));
    const last = Math.max(this.#lastSeen ?? 0, ...heard);
    return last === 0 ? null : last;
  }

  /** Of two states the later must win also when they are of the same millisecond. */
  #tick(): number {
    this.#lastAt = Math.max(this.#deps.now(), this.#lastAt + 1);
    return this.#lastAt;
  }

  /** Without sockets only the grace is worth a row; those who watch one who is away are remembered while the object is awake. */
  #save(): void {
    const sockets = this.#deps.connections.all();
    if (sockets.length > 0) this.#seatIn(sockets);
    else if (this.#leavingAt !== null && this.#deps.now() < this.#leavingAt + GRACE_MS) this.#store();
  }

  #seatIn(sockets: readonly PresenceConnection[]): void {
    const watchers = [...this.#seats.values()];
    for (const connection of sockets) {
      Object.assign(connection.attachment, { watchers, told: this.#told.status, told_at: this.#told.at });
      connection.save();
    }
  }

  #store(): void {
    this.#deps.store.save({
      last_seen: this.#lastSeen,
      told: this.#told.status,
      leaving_at: this.#leavingAt,
      watchers: [...this.#seats.values()],
    });
  }
}
