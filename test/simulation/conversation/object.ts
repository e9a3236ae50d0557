/**
 * The platform under one conversation: it wakes it, hands it events one at a time, puts a turn on
 * disk before anything leaves, rings its alarm at least once, hibernates it, and kills it. The rest is the real assembly.
 */
import { assemble, createConversation, leave, ring, type Assembly, type Platform } from '../../../durable/conversation/assembly.ts';
import type { Creation } from '../../../durable/conversation/api.ts';
import { ConversationStore } from '../../../durable/conversation/store.ts';
import { Alarms } from '../../../durable/kit/alarms.ts';
import { Database } from '../../../durable/kit/database.ts';
import type { SocketOrigin } from '../../../durable/session.ts';
import type { VirtualClock } from '../../support/client-clock.ts';
import type { Chance } from '../../support/client-random.ts';
import { SimulatedSocket, type DeviceEnd, type LinkEnds } from './link.ts';
import { breachesOnDisk } from './model.ts';
import type { SimulatedArchive } from './database.ts';
import type { SimulatedInboxes } from './inboxes.ts';
import { everybodyAgrees } from '../../support/people-asked.ts';
import { SqliteStorage } from '../../support/sqlite-storage.ts';

export interface ObjectWorld {
  clock: VirtualClock;
  chance: Chance;
  inboxes: SimulatedInboxes;
  archive: SimulatedArchive;
  limits: Pick<Platform, 'rateFactor' | 'bytesMax'>;
  /** Probability that a turn ends in a crash, and that a write throws. */
  killing(): number;
  breaking(): number;
  breach(what: string): void;
  count(what: string): void;
}

interface Incarnation {
  alive: boolean;
  timers: number;
  calls: number;
  ready: Promise<Assembly>;
  alarms: Alarms;
}

const ALARM_RETRY_MS = 2_000;
export class SimulatedObject implements LinkEnds {
  readonly storage = new SqliteStorage();
  readonly #world: ObjectWorld;
  #incarnation: Incarnation | null = null;
  #sockets = new Set<SimulatedSocket>();
  #outputs: { release: () => void; lost?: (() => void) | undefined }[] = [];
  #busy = false;
  #doomed = false;
  #alarmTimerAt: number | null = null;
  #ringing: Incarnation | null = null;
  #rung: Incarnation | null = null;
  #retries = 0;
  #wrote = false;
  #membersBefore: ReadonlySet<string> = new Set();
  #membersMoved = false;

  constructor(world: ObjectWorld) {
    this.#world = world;
    this.storage.fault = (query) => this.#fault(query);
  }

  /** The object's first turn, like `create` of the real one. */
  create(creation: Creation): void {
    createConversation(new ConversationStore(new Database(this.storage.handle())), creation, this.#world.clock.now());
    this.event((open) => open.outbox.moved());
  }

  /** One event of the platform; what it does ends with `endTurn`. */
  event(work: (open: Assembly) => void, lost?: () => void): void {
    const incarnation = (this.#incarnation ??= this.#wake());
    this.#busy = true;
    void incarnation.ready.then((open) => {
      try {
        if (incarnation.alive) work(open);
        else lost?.();
      } catch (error) {
        this.#expected(error);
        lost?.();
      }
    });
  }

  /** A request over the network with an answer, which may get lost; rejects then. */
  request<T>(work: (open: Assembly) => T, committed: (value: T) => void = () => undefined): Promise<T> {
    const { clock, chance } = this.#world;
    return new Promise((resolve, reject) => {
      const lost = () => void clock.setTimer(() => reject(new Error('simulated: no answer')), chance.between(1, 500));
      const arrive = () =>
        this.event((open) => {
          const value = work(open);
          const release = () => {
            committed(value);
            if (chance.happens(this.#world.killing() * 3)) lost();
            else clock.setTimer(() => resolve(value), chance.between(1, 60));
          };
          this.output(release, lost);
        }, lost);
      clock.setTimer(arrive, chance.between(1, 60));
    });
  }

  /** A socket upgrade. */
  connect(origin: SocketOrigin, after: number, device: DeviceEnd): Promise<SimulatedSocket | null> {
    const { clock, chance } = this.#world;
    const socket = new SimulatedSocket(origin.user_id, this, device, clock, chance);
    return this.request((open) => {
      if (!open.writer.members.has(origin.user_id)) return null;
      this.#sockets.add(socket);
      open.sockets.open(socket, origin, after);
      return socket;
    });
  }

  receive(socket: SimulatedSocket, text: string): void {
    this.event((open) => open.sockets.receive(socket, text));
  }

  left(socket: SimulatedSocket): void {
    this.#sockets.delete(socket);
    this.event((open) => leave(open, socket));
  }

  output(release: () => void, lost?: () => void): void {
    this.#outputs.push({ release, lost });
  }

  /** [P8] Told may be who is a member, or was one until this very turn. */
  sending({ userId }: SimulatedSocket): void {
    if (this.#membersBefore.has(userId) || this.#members().has(userId)) return;
    this.#world.breach(`[P8] ${userId} is told something and is no member`);
  }

  /** Every promise that moves by itself has come to rest: the turn goes to disk, and then out. */
  endTurn(): void {
    if (!this.#busy && this.#outputs.length === 0) return;
    this.#busy = false;
    const { chance } = this.#world;
    const dies = this.#doomed || chance.happens(this.#world.killing());
    if (dies && (this.#doomed || chance.happens(0.5))) return this.#kill('in its turn');
    this.storage.commit();
    if (this.#rung !== null && this.#rung === this.#ringing) this.#ringing = null;
    if (this.#wrote || this.#rung !== null) {
      const watched = this.storage.durableAlarm !== null || this.#ringing !== null || this.#retries > 0;
      breachesOnDisk(this.storage, this.#world, watched).forEach(this.#world.breach);
    }
    this.#wrote = false;
    this.#rung = null;
    if (dies && chance.happens(0.5)) return this.#kill('before the answers');
    if (this.#membersMoved) this.#membersBefore = this.#members();
    this.#membersMoved = false;
    for (const { release } of this.#outputs.splice(0)) release();
    if (dies) return this.#kill('after its turn');
    this.#watchAlarm();
  }

  /** From outside, between two events. */
  kill(): void {
    if (this.#incarnation !== null) this.#kill('between turns');
  }

  /** Hibernation: only of an object at rest, and its sockets stay. */
  evict(): void {
    const incarnation = this.#incarnation;
    if (incarnation === null || incarnation.timers > 0 || incarnation.calls > 0 || this.#ringing !== null) return;
    incarnation.alive = false;
    this.#incarnation = null;
    this.#world.count('evicted');
  }

  #wake(): Incarnation {
    const { clock, chance, inboxes, archive, limits } = this.#world;
    const incarnation: Incarnation = { alive: true, timers: 0, calls: 0, ready: null!, alarms: null! };
    const db = new Database(this.storage.handle(() => incarnation.alive));
    const store = new ConversationStore(db);
    incarnation.alarms = new Alarms(db);
    const open = async (): Promise<Assembly> => {
      if (!store.open()) throw new Error('never created');
      await incarnation.alarms.restore();
      return assemble({
        store,
        alarms: incarnation.alarms,
        sockets: [...this.#sockets].filter((socket) => socket.open),
        pingedAt: () => (chance.happens(0.9) ? clock.now() : 0),
        deliver: (delivery) => this.#call(incarnation, () => inboxes.deliver(delivery)),
        archive: (conversationId, rows) => this.#call(incarnation, () => archive.store(conversationId, rows)),
        clearArchive: () => Promise.resolve(true),
        projectMembers: (conversationId, version, userIds) =>
          this.#call(incarnation, () => archive.projectMembers(conversationId, version, userIds)),
        people: everybodyAgrees,
        ...limits,
        now: () => clock.now(),
        schedule: (callback, delayMs) => {
          incarnation.timers += 1;
          clock.setTimer(() => {
            incarnation.timers -= 1;
            if (!incarnation.alive) return;
            this.#busy = true;
            callback();
          }, delayMs);
        },
        onError: (_event, error) => this.#expected(error),
        onRefused: () => undefined,
      });
    };
    return Object.assign(incarnation, { ready: open() });
  }

  /** A call leaves with the turn that made it, and its answer never reaches another incarnation. */
  #call<T>(incarnation: Incarnation, start: () => Promise<T>): Promise<T> {
    incarnation.calls += 1;
    return new Promise((resolve, reject) => {
      const back = (settle: () => void): void => {
        incarnation.calls -= 1;
        if (!incarnation.alive) return;
        this.#busy = true;
        settle();
      };
      this.output(
        () =>
          void start().then(
            (value) => back(() => resolve(value)),
            (error: unknown) => back(() => reject(error as Error)),
          ),
      );
    });
  }

  #watchAlarm(): void {
    const at = this.storage.durableAlarm;
    if (at === this.#alarmTimerAt || at === null) return;
    this.#alarmTimerAt = at;
    this.#world.clock.setTimer(() => {
      if (this.#alarmTimerAt === at) this.#alarmTimerAt = null;
      if (this.storage.durableAlarm === at) this.#ring();
    }, at - this.#world.clock.now());
  }

  /** Rings, and again a little later if the handler did not come to its end. */
  #ring(): void {
    this.storage.clearAlarm();
    this.event((open) => {
      const incarnation = this.#incarnation!;
      this.#ringing = incarnation;
      incarnation.alarms.rang();
      // The platform forgets the alarm with the writes of the handler's last turn: who dies in that turn is rung again.
      const failed = (error: unknown): void => {
        this.#expected(error);
        this.#retryAlarm();
      };
      const rung = ring(open, { alarms: incarnation.alarms, now: () => this.#world.clock.now() });
      void rung.catch(failed).then(() => (this.#rung = incarnation));
    });
  }

  #retryAlarm(): void {
    this.#retries += 1;
    this.#world.clock.setTimer(() => {
      this.#retries -= 1;
      this.#ring();
    }, ALARM_RETRY_MS);
  }

  #kill(when: string): void {
    this.#world.count(`killed ${when}`);
    this.#doomed = false;
    this.storage.crash();
    const wasRinging = this.#ringing !== null;
    Object.assign(this.#incarnation ?? {}, { alive: false });
    this.#incarnation = this.#ringing = this.#rung = null;
    for (const { lost } of this.#outputs.splice(0)) lost?.();
    for (const socket of this.#sockets) socket.reset();
    this.#sockets = new Set();
    this.#membersBefore = this.#members();
    this.storage.commit();
    if (wasRinging) this.#retryAlarm();
    this.#alarmTimerAt = null;
    this.#watchAlarm();
  }

  #fault(query: string): void {
    this.#membersMoved ||= query.includes(' members ');
    if (!/^\s*(INSERT|UPDATE|DELETE)/.test(query)) return;
    this.#wrote = true;
    if (!this.#world.chance.happens(this.#world.breaking())) return;
    this.#world.count('write failed');
    this.#doomed ||= this.#world.chance.happens(0.3);
    throw new Error('simulated: disk failure');
  }

  #members(): Set<string> {
    return new Set(this.storage.rows<{ user_id: string }>('SELECT user_id FROM members').map(({ user_id }) => user_id));
  }

  #expected(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (!message.startsWith('simulated') && message !== 'this object was killed')
      this.#world.breach(`threw: ${error instanceof Error ? error.stack : message}`);
  }
}
