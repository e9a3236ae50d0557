/**
 * A user with the real modules of their object and one device that behaves as the client does: it
 * acknowledges what its inbox is told, and what is shown in the conversation is read a moment later.
 */
import type { Delivered, Delivery } from '../durable/user-inbox/api.ts';
import { assemble, deliver, ring, type Assembly, type Platform } from '../durable/user-inbox/assembly.ts';
import { DeviceStore } from '../durable/user-inbox/devices/store.ts';
import { PresenceStore } from '../durable/user-inbox/presence-store.ts';
import type { PushJob } from '../durable/user-inbox/push-api.ts';
import { PushStore } from '../durable/user-inbox/push-store.ts';
import { ReachStore } from '../durable/user-inbox/reach/store.ts';
import { MIGRATIONS } from '../durable/user-inbox/schema.ts';
import { LegacySessions } from '../durable/user-inbox/sessions/legacy.ts';
import { SessionStore } from '../durable/user-inbox/sessions/store.ts';
import { InboxStore } from '../durable/user-inbox/store.ts';
import { SweepStore } from '../durable/user-inbox/sweeps/store.ts';
import { Tables } from '../durable/kit/migrate.ts';
import type { Database } from '../durable/kit/database.ts';
import type { SocketOrigin } from '../durable/session.ts';
import type { Clock } from './clock.ts';
import { createObject } from './object.ts';
import { BenchSocket, type Frame } from './socket.ts';

/** `here`: has the conversation open, and the inbox as every app; `inbox`: only that; `away`: no socket. Each device has a push address. */
export type Place = 'here' | 'inbox' | 'away';

export interface PersonDeps {
  clock: Clock;
  userId: string;
  place: Place;
  conversationId: string;
  exact: Platform['conversations']['exact'];
  delivered: Platform['conversations']['delivered'];
  enqueue(job: PushJob, delaySeconds: number): Promise<void>;
}

export interface Person {
  userId: string;
  place: Place;
  db: Database;
  open: Assembly;
  origin: SocketOrigin;
  deliver(delivery: Delivery): Promise<Delivered>;
  /** Opens the app. */
  come(): Promise<void>;
}

/** As far as a device's own disk is away. */
const STORED_AFTER_MS = 5;

export function createPerson(deps: PersonDeps): Person {
  const { clock, userId, place, conversationId } = deps;
  const { db, alarms } = createObject(clock, () => ring(open));
  const tables = new Tables(db, MIGRATIONS);
  const sessionStore = new SessionStore(db, tables);
  const origin = { user_id: userId, session_id: userId, device_id: userId, expires_at: Number.MAX_SAFE_INTEGER };
  const nobody = () => Promise.reject(new Error('nobody watches anybody here'));
  const open: Assembly = assemble({
    store: new InboxStore(db, tables),
    deviceStore: new DeviceStore(db, tables),
    sweepStore: new SweepStore(db, tables),
    presenceStore: new PresenceStore(db, tables),
    pushStore: new PushStore(db),
    reachStore: new ReachStore(db, tables),
    sessionStore,
    legacySessions: new LegacySessions(db, tables, sessionStore),
    alarms,
    sockets: [],
    // Every socket that is there sends its heartbeats.
    pingedAt: () => clock.now(),
    userId: () => userId,
    conversations: { exact: deps.exact, delivered: deps.delivered, closeSockets: nobody, setReadReceipts: nobody },
    pushAddresses: { claim: () => Promise.resolve(), release: nobody },
    peers: { watch: nobody, unwatch: nobody, news: nobody },
    permissions: () => Promise.resolve(new Map()),
    policy: 'open',
    mirror: { readMirror: nobody, writeMirror: nobody },
    tellPair: nobody,
    enqueue: (job, delaySeconds) => deps.enqueue(job, delaySeconds),
    rateFactor: 1,
    now: () => clock.now(),
    schedule: (callback, delayMs) => clock.schedule(callback, delayMs),
    onError: (event, error) => fail(event, error),
    onRefused: ({ detail }) => fail('refused', detail),
  });
  open.devices.touch(origin, origin.device_id);
  void open.pushAddresses.put(origin, origin.device_id, { kind: 'fcm', token: userId });

  const socket: BenchSocket = new BenchSocket(({ op, cursor, conversation, messages }: Frame) => {
    if (op !== 'hello' && op !== 'conversation') return;
    clock.schedule(() => {
      const say = (frame: object): void => open.sockets.receive(socket, JSON.stringify(frame));
      if (cursor !== undefined) say({ op: 'ack', cursor });
      const isNews = conversation !== undefined && (messages ?? []).length > 0;
      if (isNews && place === 'inbox') say({ op: 'delivered', conversation_id: conversationId, message_id: conversation.last_message_id });
    }, STORED_AFTER_MS);
  });
  return {
    userId,
    place,
    db,
    open,
    origin,
    deliver: (delivery) => deliver(open, delivery),
    come: () => open.sockets.open(socket, origin, ''),
  };
}

/** A figure that was counted while something failed would be wrong. */
export function fail(event: string, error: unknown): never {
  throw new Error(event, { cause: error });
}
