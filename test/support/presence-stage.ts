/**
 * Users' presence without the platform: one clock, sockets that ping or fall silent, objects that
 * are evicted and killed, and calls between them that take their time or are lost.
 */
import type { Privacy } from '../../protocol/accounts.ts';
import type { PresenceFrame, PresenceStatus } from '../../protocol/inbox.ts';
import { permissionOf, type PresenceFacts, type Permission } from '../../durable/user-inbox/presence.ts';
import type { PresenceNews, PresenceState, Watching } from '../../durable/user-inbox/presence-api.ts';
import type { PresenceRecord } from '../../durable/user-inbox/presence-store.ts';
import { Presence, type PresenceDeps } from '../../durable/user-inbox/watches.ts';
import { FakeConnections, isFresh, type Device } from './presence-sockets.ts';

export const RELATED: PresenceFacts = {
  shares_conversation: true,
  blocked: false,
  own_last_seen: 'everyone',
  their_last_seen: 'everyone',
  they_in_own_contacts: false,
  own_in_their_contacts: false,
};

export class Stage {
  now = 1_000_000;
  readonly users = new Map<string, User>();
  /** Each call between objects, in order. */
  readonly calls: { call: 'watch' | 'unwatch' | 'news'; from: string; to: string; at: number }[] = [];
  questions = 0;
  readonly #timers: { at: number; resolve: () => void }[] = [];
  errors: unknown[] = [];
  facts = (_watcher: string, _watched: string): PresenceFacts | null => RELATED;
  /** Throws when the call is lost, before or after it was carried out. */
  travel = (_leg: 'there' | 'back'): Promise<void> => Promise.resolve();

  user(id: string): User {
    let user = this.users.get(id);
    if (user === undefined) this.users.set(id, (user = new User(this, id)));
    return user;
  }

  count(call: 'watch' | 'unwatch' | 'news', to?: string): number {
    return this.calls.filter((made) => made.call === call && (to === undefined || made.to === to)).length;
  }

  /** For calls that take their time. */
  after(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#timers.push({ at: this.now + ms, resolve }));
  }

  /** Time goes by: devices ping, alarms ring when they are due. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      const alarms = [...this.users.values()].map(({ alarm }) => alarm ?? Number.POSITIVE_INFINITY);
      const due = Math.min(...alarms, ...this.#timers.map(({ at }) => at));
      const next = Math.min(end, Math.max(due, this.now));
      this.#pingUntil(next);
      this.now = next;
      for (const timer of this.#timers.filter(({ at }) => at <= this.now)) {
        this.#timers.splice(this.#timers.indexOf(timer), 1);
        timer.resolve();
      }
      for (const user of this.users.values()) if (user.alarm !== null && user.alarm <= this.now) user.ring();
      await settled();
      if (due > end) return;
    }
  }

  #pingUntil(at: number): void {
    for (const { devices } of this.users.values()) {
      for (const device of devices) {
        if (!device.pinging) continue;
        while (Math.max(device.pingedAt, device.openedAt) + 5_000 <= at)
          device.pingedAt = Math.max(device.pingedAt, device.openedAt) + 5_000;
      }
    }
  }
}

export class User {
  readonly id: string;
  readonly #stage: Stage;
  devices: Device[] = [];
  record: PresenceRecord | undefined;
  alarm: number | null = null;
  alarmsSet = 0;
  rowsWritten = 0;
  rings = 0;
  partners: string[] = [];
  acquaintances = new Set<string>();
  /** The own choice, as the object knows it. */
  lastSeen: Privacy['last_seen'] = 'everyone';
  readonly blocked = new Set<string>();
  #awake: Awake | null = null;
  /** Calls that it waits for: until then it is not evicted. */
  underWay = 0;
  wokenAt = 0;
  readonly kills: number[] = [];

  constructor(stage: Stage, id: string) {
    this.#stage = stage;
    this.id = id;
  }

  get presence(): Presence {
    return this.#wake().presence;
  }

  get isAwake(): boolean {
    return this.#awake !== null;
  }

  open(active = true): Device {
    const { now } = this.#stage;
    const attachment = { active, expires_at: Number.MAX_SAFE_INTEGER, owed: {}, watching: [], watchers: [] };
    const device: Device = { frames: [], attachment, openedAt: now, pingedAt: 0, pinging: true, closed: null };
    const { presence, connections } = this.#wake();
    this.devices.push(device);
    presence.opened(connections.add(device));
    return device;
  }

  close(device: Device, code = 1000): void {
    const { connections } = this.#wake();
    connections.gone(device, code);
  }

  setActive(device: Device, on: boolean): void {
    const { presence, connections } = this.#wake();
    const connection = connections.of(device);
    connection.attachment.active = on;
    connection.save();
    presence.activeChanged();
  }

  watch(device: Device, ids: string[]): void {
    const { presence, connections } = this.#wake();
    presence.setWatch(connections.of(device), ids);
  }

  setBlocked(id: string, blocked: boolean): Promise<void> {
    if (blocked) this.blocked.add(id);
    else this.blocked.delete(id);
    return this.presence.blockChanged(id, blocked);
  }

  evict(): void {
    this.#awake = null;
  }

  /** A crash or a deploy: memory and sockets are gone, and no close is handled. */
  kill(): void {
    if (this.#awake !== null) this.#awake.life.alive = false;
    this.kills.push(this.#stage.now);
    this.#awake = null;
    for (const device of this.devices) Object.assign(device, { pinging: false, closed: 1006 });
    this.devices = [];
  }

  ring(): void {
    this.alarm = null;
    this.rings += 1;
    const { presence } = this.#wake();
    presence.ring();
    const next = presence.nextAt();
    this.#arm(next === null ? null : Math.max(next, this.#stage.now + 1_000));
  }

  /** What the sockets amount to in truth. */
  status(): PresenceStatus {
    const fresh = this.devices.filter((device) => isFresh(device, this.#stage.now));
    if (fresh.length === 0) return 'offline';
    return fresh.some(({ attachment }) => attachment.active) ? 'online' : 'idle';
  }

  #wake(): Awake {
    this.wokenAt = this.#stage.now;
    if (this.#awake !== null) return this.#awake;
    const connections = new FakeConnections(this);
    const life = { alive: true };
    const presence = new Presence(this.#deps(connections, life));
    connections.onGone = (connection) => presence.closed(connection);
    return (this.#awake = { presence, connections, life });
  }

  #arm(at: number | null): void {
    if (at === null || (this.alarm !== null && this.alarm <= at)) return;
    this.alarm = at;
    this.alarmsSet += 1;
  }

  #deps(connections: FakeConnections, life: { alive: boolean }): PresenceDeps {
    const stage = this.#stage;
    const send = async <T>(call: 'watch' | 'unwatch' | 'news', to: string, work: () => T): Promise<T> => {
      stage.calls.push({ call, from: this.id, to, at: stage.now });
      this.underWay += 1;
      try {
        await stage.travel('there');
        const answer = work();
        await stage.travel('back');
        return answer;
      } finally {
        this.underWay -= 1;
        // Whoever asked has been killed meanwhile: the answer reaches nobody.
        if (!life.alive) await new Promise<never>(() => undefined);
      }
    };
    return {
      connections,
      store: {
        load: () => structuredClone(this.record),
        save: (record) => {
          this.record = structuredClone(record);
          this.rowsWritten += 1;
        },
      },
      isBlocked: (id) => this.blocked.has(id),
      hidesLastSeen: () => this.lastSeen === 'nobody',
      userId: () => this.id,
      rateFactor: 1,
      schedule: (callback, delayMs) => void stage.after(delayMs).then(() => life.alive && callback()),
      now: () => stage.now,
      arm: (at) => this.#arm(at),
      onError: (error) => void stage.errors.push(error),
      peers: {
        watch: (to, watch): Promise<PresenceState> => send('watch', to, () => stage.user(to).presence.watchedBy(watch)),
        unwatch: (to, id): Promise<void> => send('unwatch', to, () => stage.user(to).presence.unwatchedBy(id)),
        news: (to, news: PresenceNews): Promise<Watching> => send('news', to, () => stage.user(to).presence.news(news)),
      },
      permissions: async (own, others) => {
        stage.questions += 1;
        await stage.travel('there');
        if (!life.alive) await new Promise<never>(() => undefined);
        const found = others.map((other): [string, PresenceFacts | null] => [other, stage.facts(own, other)]);
        return new Map(
          found.flatMap(([other, facts]): [string, Permission][] => (facts === null ? [] : [[other, permissionOf(facts, 'open')]])),
        );
      },
      acquaintances: () => this.acquaintances,
      recentPartners: () => this.partners,
    };
  }
}

interface Awake {
  presence: Presence;
  connections: FakeConnections;
  life: { alive: boolean };
}

/** Whatever can go on without time going by has gone on. */
export const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** What a device shows of somebody after all frames. */
export const shown = (device: Device, id: string): Omit<PresenceFrame, 'op' | 'user_id'> | undefined => {
  const last = device.frames.findLast(({ user_id }) => user_id === id);
  if (last === undefined) return undefined;
  const { op: _op, user_id: _id, ...rest } = last;
  return rest;
};

/** A device of this user that watches others, and has been answered. */
export async function watching(user: User, ...userIds: string[]): Promise<Device> {
  const device = user.open();
  user.watch(device, userIds);
  await settled();
  return device;
}
