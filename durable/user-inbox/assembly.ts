/**
 * Puts the modules of a user's object together, and does what takes several of them. It knows no
 * platform: time, timers, sockets, other objects, D1 and the queue are handed in (platform.ts has
 * the real ones, tests have their own).
 */
import { CLOSE, type Refusal } from '../../protocol/errors.ts';
import { UNCHOSEN, type ContactPolicy, type PrivacyChoice } from '../../protocol/reach.ts';
import type { ClosedSockets } from '../conversation/api.ts';
import type { Known } from '../../store/presence.ts';
import type { Alarms } from '../kit/alarms.ts';
import type { Socket } from '../kit/connection.ts';
import { refusalLog } from '../kit/refusal-log.ts';
import type { Delivered, Delivery } from './api.ts';
import { CatchUp } from './catch-up.ts';
import { InboxConnections, type InboxConnection } from './connections.ts';
import { Devices } from './devices/devices.ts';
import { PushAddresses } from './devices/push-addresses.ts';
import type { DeviceStore } from './devices/store.ts';
import { Hellos } from './hello/hellos.ts';
import { isMember } from './inbox.ts';
import { News } from './news.ts';
import type { Permission } from './presence.ts';
import type { PresenceStore } from './presence-store.ts';
import { Pushes, type PushesDeps } from './pushes.ts';
import type { PushStore } from './push-store.ts';
import { Reach, type ReachDeps } from './reach/reach.ts';
import type { ReachStore } from './reach/store.ts';
import { Relay } from './relay.ts';
import { Rows } from './rows.ts';
import type { LegacySessions } from './sessions/legacy.ts';
import { openSessions } from './sessions/open.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { SessionStore } from './sessions/store.ts';
import { Sockets } from './sockets.ts';
import type { InboxStore } from './store.ts';
import type { SweepStore } from './sweeps/store.ts';
import { Sweeps } from './sweeps/sweeps.ts';
import { acquaintances, knownOf, recentPartners } from './watch/known.ts';
import { Presence, type PresenceDeps } from './watches.ts';

/** What a user's object needs of the world. It never asks anything else. */
export interface Platform {
  store: InboxStore;
  deviceStore: DeviceStore;
  sweepStore: SweepStore;
  presenceStore: PresenceStore;
  pushStore: PushStore;
  reachStore: ReachStore;
  sessionStore: SessionStore;
  legacySessions: LegacySessions;
  alarms: Alarms;
  /** Those that slept through a hibernation. */
  sockets: readonly Socket[];
  /** Instant of the socket's last heartbeat; 0 when there was none. */
  pingedAt(socket: Socket): number;
  userId(): string;
  conversations: {
    exact(conversationId: string, live: boolean): Promise<Delivery | null>;
    delivered(conversationId: string, messageId: number): Promise<void>;
    closeSockets(conversationId: string, whose: ClosedSockets): Promise<unknown>;
    setReadReceipts(conversationId: string, on: boolean): Promise<void>;
  };
  /** The objects of push addresses, each named by what lies there. */
  pushAddresses: { claim(place: string): Promise<void>; release(place: string): Promise<void> };
  peers: PresenceDeps['peers'];
  /** From D1, of each of the others. */
  permissions(userId: string, others: readonly string[], known: Known): Promise<Map<string, Permission>>;
  /** D1, which mirrors contacts and blocks. */
  policy: ContactPolicy;
  mirror: Pick<ReachDeps, 'readMirror' | 'writeMirror'>;
  /** The direct conversation with somebody, if there is one. */
  tellPair(otherId: string, blocked: boolean, version: number): Promise<void>;
  enqueue: PushesDeps['enqueue'];
  rateFactor: number;
  now(): number;
  schedule(callback: () => void, delayMs: number): void;
  onError(event: string, error: unknown): void;
  /** A frame was answered with `error`. */
  onRefused(refusal: Refusal, unlogged: number): void;
}

export interface Assembly {
  platform: Platform;
  connections: InboxConnections;
  rows: Rows;
  hellos: Hellos;
  catchUp: CatchUp;
  devices: Devices;
  pushAddresses: PushAddresses;
  sessions: Sessions;
  sweeps: Sweeps;
  presence: Presence;
  pushes: Pushes;
  reach: Reach;
  sockets: Sockets;
}

const END = 'end ';
const REMOVED = 'removed ';
const READ_RECEIPTS = 'read_receipts';
/** An acknowledgement comes within moments, and then no alarm is needed: it would be a row for each message. After a crash in between, the job or the look that the message led to notices. */
const ACK_AWAITED_MS = 1_000;

export function assemble(platform: Platform): Assembly {
  const { store, alarms, conversations, now, schedule, userId, rateFactor } = platform;
  const onError = (event: string) => (error: unknown) => platform.onError(event, error);
  const arm = (at: number | null): void => alarms.arm(at);
  const connections = new InboxConnections({
    sockets: platform.sockets,
    pingedAt: (socket) => platform.pingedAt(socket),
    onGone: (connection) => {
      devices.left(connection.deviceId, connections.heardAt(connection));
      hellos.gone(connection);
      presence.closed(connection);
      pushes.looks.closed(connection).catch(onError('push_failed'));
    },
  });
  let isAwaitingAcks = false;
  const armSoon = (): void => {
    if (isAwaitingAcks) return;
    isAwaitingAcks = true;
    schedule(() => {
      isAwaitingAcks = false;
      arm(pushes.looks.nextAt());
    }, ACK_AWAITED_MS);
  };
  const news = new News({ connections, now, owed: armSoon });
  const rows = new Rows({ store, connections, news, noted: (row, delivery) => pushes.foreseen(row, delivery), now });
  const exact = (conversationId: string, live: boolean): Promise<Delivery | null> => conversations.exact(conversationId, live);
  const catchUp = new CatchUp({ store, rows, exact, rateFactor, schedule, now, onError: onError('catch_up_failed') });
  const devices = new Devices({
    store: platform.deviceStore,
    rateFactor,
    now,
    isHere: (id) => connections.of(id).some((connection) => connections.isFresh(connection, now())),
    onEvicted: (id) => {
      connections.closeWhere(({ deviceId }) => deviceId === id, CLOSE.replaced, 'newer devices took its place');
    },
    onRemoved: (id) => {
      connections.closeWhere(({ deviceId }) => deviceId === id, CLOSE.credentials_ended, 'the device was removed');
      void sweeps.begin(`${REMOVED}${now()} ${id}`);
    },
    onAddressGone: (record) => pushAddresses.released(record),
  });
  const pushAddresses = new PushAddresses({
    store: platform.deviceStore,
    devices,
    ...platform.pushAddresses,
    now,
    onError: onError('push_address_failed'),
  });
  const sweeps = new Sweeps({
    store: platform.sweepStore,
    urgentKinds: [END, REMOVED],
    visit: (task, id) => visit(platform, task, id),
    arm,
    now,
    onError: onError('sweep_failed'),
  });
  const presence = new Presence({
    connections,
    store: platform.presenceStore,
    isBlocked: (id) => platform.reachStore.of(id).blocked,
    userId,
    hidesLastSeen: () => store.privacy()?.last_seen === 'nobody',
    now,
    arm,
    onError: onError('presence_failed'),
    peers: platform.peers,
    permissions: async (own, others, people) => platform.permissions(own, others, await knownOf(store, own, others, people)),
    rateFactor,
    schedule,
    acquaintances: () => acquaintances(store, userId()),
    recentPartners: () => recentPartners(store, userId()),
  });
  const pushes = new Pushes({
    store,
    pushStore: platform.pushStore,
    devices: pushAddresses,
    connections,
    enqueue: (job, delaySeconds) => platform.enqueue(job, delaySeconds),
    exact: (conversationId) => exact(conversationId, false),
    merge: (delivery) => rows.take(delivery, false),
    isBlocked: (id) => platform.reachStore.of(id).blocked,
    userId,
    now,
    owed: armSoon,
    arm,
    onError: onError('push_failed'),
  });
  const reach = new Reach({
    store: platform.reachStore,
    ...platform.mirror,
    tellPair: (otherId, blocked, version) => platform.tellPair(otherId, blocked, version),
    tellPeer: (otherId, blocked) => presence.blockChanged(otherId, blocked),
    direct: (id) => {
      const row = store.conversation(id);
      return row?.kind === 'direct' && isMember(row) ? (row.state === 'asking' ? 'asking' : 'active') : null;
    },
    choice: () => store.privacy() ?? UNCHOSEN,
    policy: platform.policy,
    invitations: (max) => store.invitations(now(), max),
    userId,
    rateFactor,
    now,
    arm,
    onError: onError('relation_failed'),
  });
  const hellos = new Hellos({ store, connections, schedule, now, onError: onError('hello_failed') });
  const relay = new Relay({ delivered: (id, number) => conversations.delivered(id, number), schedule, onError: onError('relay_failed') });
  const { sessions, opened } = openSessions({
    platform,
    devices,
    connections,
    sweep: (sessionId, first) => void sweeps.begin(END + sessionId, first),
  });
  const onRefused = refusalLog((refusal, unlogged) => platform.onRefused(refusal, unlogged), now);
  const opening = (connection: InboxConnection): void => opened.attach(connection);
  const sockets = new Sockets({ store, rows, connections, hellos, catchUp, relay, presence, opening, rateFactor, onRefused, now });
  return { platform, connections, rows, hellos, catchUp, devices, pushAddresses, sessions, sweeps, presence, pushes, reach, sockets };
}

export async function deliver({ platform, rows, sweeps, presence, pushes }: Assembly, delivery: Delivery): Promise<Delivered> {
  const { row, stored, liveElsewhere, isNew } = rows.deliver(delivery);
  if (isNew) {
    sweeps.hurry();
    presence.conversationBegan();
  }
  await pushes.delivered(row, delivery, stored);
  const read_receipts = platform.store.privacy()?.read_receipts ?? true;
  const { epoch, last_message_id } = row;
  return { stored, live_elsewhere: liveElsewhere, read_receipts, row: { epoch, last_message_id } };
}

/** Repeating it changes nothing, unless the sweep is still on its way: then it begins anew. Waits for the newest conversations only. */
export async function setPrivacy({ platform, presence, sweeps }: Assembly, privacy: PrivacyChoice): Promise<void> {
  const before = platform.store.privacy() ?? UNCHOSEN;
  platform.store.putPrivacy(privacy);
  if (before.last_seen !== privacy.last_seen) presence.privacyChanged();
  if (before.read_receipts !== privacy.read_receipts) await sweeps.begin(READ_RECEIPTS);
}

/**
 * The alarm has rung: everything that is due, and the next alarm while something is pending. Sweeps go on
 * beside the rest: a conversation that does not answer delays neither presence nor notifications.
 */
export async function ring(assembly: Assembly): Promise<void> {
  const { platform, sweeps, presence, pushes, reach } = assembly;
  const parts: (() => void | Promise<void>)[] = [() => presence.ring(), () => sweeps.ring(), () => reach.ring(), () => pushes.looks.ring()];
  for (const part of parts) {
    try {
      await part();
    } catch (error) {
      platform.onError('alarm_failed', error);
    }
  }
  platform.alarms.arm(nextAlarmAt(assembly));
}

/** When the alarm must ring next; null when nothing is pending. */
export function nextAlarmAt({ platform, sweeps, presence, pushes, reach }: Assembly): number | null {
  const dues = [sweeps.nextAt(), presence.nextAt(), pushes.looks.nextAt(), reach.nextAt()].filter((due) => due !== null);
  // Never at once: what cannot finish must not spin.
  return dues.length === 0 ? null : Math.max(Math.min(...dues), platform.now() + 1_000);
}

function visit({ conversations, store }: Platform, task: string, conversationId: string): Promise<unknown> {
  if (task.startsWith(END)) return conversations.closeSockets(conversationId, { session_id: task.slice(END.length) });
  if (task.startsWith(REMOVED)) {
    const [at, device_id] = task.slice(REMOVED.length).split(' ') as [string, string];
    return conversations.closeSockets(conversationId, { device_id, opened_until: Number(at) });
  }
  // As it is wanted now: it may have been changed back since.
  return conversations.setReadReceipts(conversationId, store.privacy()?.read_receipts ?? true);
}
