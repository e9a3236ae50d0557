/** A whole user's object without the platform: its own clock, sockets that remember, conversations that answer as told. */
import { Alarms } from '../../../durable/kit/alarms.ts';
import type { Socket } from '../../../durable/kit/connection.ts';
import { Database, type Usage } from '../../../durable/kit/database.ts';
import { Tables } from '../../../durable/kit/migrate.ts';
import type { Delivered, Delivery } from '../../../durable/user-inbox/api.ts';
import { assemble, deliver, ring, type Assembly } from '../../../durable/user-inbox/assembly.ts';
import { DeviceStore } from '../../../durable/user-inbox/devices/store.ts';
import { PresenceStore } from '../../../durable/user-inbox/presence-store.ts';
import type { PushJob } from '../../../durable/user-inbox/push-api.ts';
import { PushStore } from '../../../durable/user-inbox/push-store.ts';
import { ReachStore } from '../../../durable/user-inbox/reach/store.ts';
import { MIGRATIONS } from '../../../durable/user-inbox/schema.ts';
import { LegacySessions } from '../../../durable/user-inbox/sessions/legacy.ts';
import { SessionStore } from '../../../durable/user-inbox/sessions/store.ts';
import { InboxStore } from '../../../durable/user-inbox/store.ts';
import { SweepStore } from '../../../durable/user-inbox/sweeps/store.ts';
import type { InboxServerFrame } from '../../../protocol/inbox.ts';
import { SqliteStorage } from '../../support/sqlite-storage.ts';

export class TestSocket implements Socket {
  frames: InboxServerFrame[] = [];
  closed: number | undefined;
  pingedAt = 0;
  /** The other side is gone without a word. */
  dead = false;
  #attachment: unknown = null;

  send(text: string): void {
    if (this.dead || this.closed !== undefined) throw new Error('the socket is gone');
    this.frames.push(JSON.parse(text) as InboxServerFrame);
  }

  close(code?: number): void {
    this.closed ??= code;
  }

  serializeAttachment(value: unknown): void {
    this.#attachment = structuredClone(value);
  }

  deserializeAttachment(): unknown {
    return structuredClone(this.#attachment);
  }

  /** What came since the last look. */
  take(): InboxServerFrame[] {
    return this.frames.splice(0);
  }
}

export class Stage {
  readonly storage = new SqliteStorage();
  now = 1_000_000;
  sockets: TestSocket[] = [];
  /** What conversations answer when they are asked for the exact state. */
  exact = new Map<string, Delivery | Error | Promise<Delivery>>();
  /** Calls to conversations, in order. */
  calls: string[] = [];
  /** What the objects of push addresses were told, in order. */
  claims: string[] = [];
  claiming: (place: string) => Promise<void> = () => Promise.resolve();
  /** Who was told of this user's presence, and what. */
  news: string[] = [];
  errors: string[] = [];
  jobs: PushJob[] = [];
  queueFails = false;
  deliveredFails = false;
  /** Refusals that were logged. */
  refused = 0;
  /** From the next waking on. */
  rateFactor = 1;
  /** While a conversation closes sockets. */
  closing: (conversationId: string) => Promise<void> = () => Promise.resolve();
  /** D1 as of before, sorted. */
  mirrored = { contact: [] as string[], blocked: [] as string[] };
  mirrorFails = false;
  pairFails = false;
  db!: Database;
  open!: Assembly;
  #alarms!: Alarms;
  #timers: { at: number; callback: () => void }[] = [];

  constructor() {
    this.wake();
  }

  /** A new process over what is stored; sockets sleep through it, timers do not. */
  wake(): void {
    this.#timers = [];
    const db = new Database(this.storage.handle());
    const tables = new Tables(db, MIGRATIONS);
    const alarms = new Alarms(db);
    const sessionStore = new SessionStore(db, tables);
    const note = async (...words: unknown[]): Promise<void> => void this.calls.push(words.join(' '));
    this.db = db;
    this.#alarms = alarms;
    this.open = assemble({
      store: new InboxStore(db, tables),
      deviceStore: new DeviceStore(db, tables),
      sweepStore: new SweepStore(db, tables),
      presenceStore: new PresenceStore(db, tables),
      pushStore: new PushStore(db),
      reachStore: new ReachStore(db, tables),
      sessionStore,
      legacySessions: new LegacySessions(db, tables, sessionStore),
      alarms,
      sockets: this.sockets.filter(({ closed, dead }) => closed === undefined && !dead),
      pingedAt: (socket) => (socket as TestSocket).pingedAt,
      userId: () => 'u',
      conversations: {
        exact: async (id, live) => {
          await note('exact', id, live);
          const answer = this.exact.get(id) ?? null;
          if (answer instanceof Error) throw answer;
          return answer;
        },
        delivered: async (id, messageId) => {
          await note('delivered', id, messageId);
          if (this.deliveredFails) throw new Error('reset');
        },
        closeSockets: async (id, whose) => {
          await note('closeSockets', id, ...Object.values(whose));
          await this.closing(id);
        },
        setReadReceipts: (id, on) => note('setReadReceipts', id, on),
      },
      pushAddresses: {
        claim: async (place) => {
          this.claims.push(`claim ${place}`);
          await this.claiming(place);
        },
        release: async (place) => void this.claims.push(`release ${place}`),
      },
      peers: {
        watch: async () => ({ status: 'offline' as const, last_seen: null, at: 0 }),
        unwatch: async () => undefined,
        news: async (id, { status }) => {
          this.news.push(`${id} ${status}`);
          return null;
        },
      },
      permissions: async () => new Map(),
      policy: 'open',
      mirror: {
        readMirror: async (what, after, limit) => {
          await note('readMirror', what, after);
          if (this.mirrorFails) throw new Error('D1 is down');
          return this.mirrored[what].filter((id) => id > after).slice(0, limit);
        },
        writeMirror: async (id, { contact, blocked }) => {
          await note('writeMirror', id, contact, blocked);
          if (this.mirrorFails) throw new Error('D1 is down');
        },
      },
      tellPair: async (id, blocked, version) => {
        await note('tellPair', id, blocked, version);
        if (this.pairFails) throw new Error('reset');
      },
      enqueue: async (job) => {
        if (this.queueFails) throw new Error('the queue is down');
        this.jobs.push(job);
      },
      rateFactor: this.rateFactor,
      now: () => this.now,
      schedule: (callback, delayMs) => void this.#timers.push({ at: this.now + delayMs, callback }),
      onError: (event) => void this.errors.push(event),
      onRefused: () => void (this.refused += 1),
    });
  }

  /** A device opens its socket. @returns it once the conversations have been asked too */
  async connect(device_id: string, cursor = '', { session_id = 's', expires_at = 9_000_000_000, limit = 200 } = {}): Promise<TestSocket> {
    const socket = new TestSocket();
    this.sockets.push(socket);
    await this.open.sockets.open(socket, { user_id: 'u', session_id, expires_at, device_id }, cursor, limit);
    return socket;
  }

  say(socket: TestSocket, ...frames: unknown[]): void {
    for (const frame of frames) this.open.sockets.receive(socket, typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  deliver(delivery: Delivery): Promise<Delivered> {
    return deliver(this.open, delivery);
  }

  /** Time passes; every device that is there sends its heartbeats unless told otherwise. */
  async pass(ms: number, { heartbeats = true } = {}): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > until) break;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.now = Math.max(this.now, next.at);
      next.callback();
      await settled();
    }
    this.now = until;
    if (heartbeats) for (const socket of this.sockets) if (!socket.dead) socket.pingedAt = until;
  }

  /** @returns whether one was armed; the clock goes on to it */
  async alarm(): Promise<boolean> {
    const at = await this.db.getAlarm();
    if (at === null) return false;
    await this.pass(Math.max(0, at - this.now), { heartbeats: false });
    this.storage.clearAlarm();
    this.#alarms.rang();
    await ring(this.open);
    return true;
  }

  /** What the work cost. */
  async cost(work: () => unknown): Promise<Usage> {
    const before = { ...this.db.usage };
    await work();
    const entries = Object.entries(this.db.usage).map(([key, value]) => [key, value - before[key as keyof Usage]]);
    return Object.fromEntries(entries) as Usage;
  }
}

/** Promises that were settled already have run. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
};
