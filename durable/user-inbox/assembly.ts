/**
 * Puts the modules of a user's object together, and does what takes several of them. It knows no
 * platform: time, timers, sockets, other objects, D1 and the queue are handed in (platform.ts has
 * the real ones, tests have their own).
 */
import type { ConversationList, ConversationRow, UnansweredState } from '../../protocol/conversations.ts';
import { CLOSE, type Refusal } from '../../protocol/errors.ts';
import type { InboxPage, SettingsBody } from '../../protocol/inbox.ts';
import { accept, refuse, type Outcome } from '../../protocol/outcome.ts';
import { UNCHOSEN, type PrivacyChoice } from '../../protocol/reach.ts';
import type { ClosedSockets } from '../conversation/api.ts';
import type { Known } from '../../store/presence.ts';
import type { Alarms } from '../kit/alarms.ts';
import type { Socket } from '../kit/connection.ts';
import { refusalLog } from '../kit/refusal-log.ts';
import type { Delivered, Delivery } from './api.ts';
import { CatchUp } from './catch-up.ts';
import { InboxConnections } from './connections.ts';
import { Devices } from './devices/devices.ts';
import { PushAddresses } from './devices/push-addresses.ts';
import type { DeviceStore } from './devices/store.ts';
import { Hellos } from './hello/hellos.ts';
import { toRow } from './inbox.ts';
import { News } from './news.ts';
import { isContinuation, listPage, pageAt, placeOf, unansweredPage } from './pages.ts';
import type { Permission } from './presence.ts';
import type { PresenceStore } from './presence-store.ts';
import { Pushes, type PushesDeps } from './pushes.ts';
import type { PushStore } from './push-store.ts';
import { Relay } from './relay.ts';
import { Rows } from './rows.ts';
import type { InboxRecord } from './schema.ts';
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
  sweeps: Sweeps;
  presence: Presence;
  pushes: Pushes;
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
    isBlocked: (id) => platform.presenceStore.isBlocked(id),
    userId,
    now,
    owed: armSoon,
    arm,
    onError: onError('push_failed'),
  });
  const hellos = new Hellos({ store, connections, schedule, now, onError: onError('hello_failed') });
  const relay = new Relay({ delivered: (id, number) => conversations.delivered(id, number), schedule, onError: onError('relay_failed') });
  const onRefused = refusalLog((refusal, unlogged) => platform.onRefused(refusal, unlogged), now);
  const sockets = new Sockets({ store, rows, connections, hellos, catchUp, relay, presence, rateFactor, onRefused, now });
  return { platform, connections, rows, hellos, catchUp, devices, pushAddresses, sweeps, presence, pushes, sockets };
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

export async function list(assembly: Assembly, cursor: string, limit: number, state?: UnansweredState): Promise<Outcome<ConversationList>> {
  if (!/^\d{0,15}$/.test(cursor)) return BAD_CURSOR;
  if (cursor === '') await bringUpToDate(assembly);
  const below = cursor === '' ? Number.MAX_SAFE_INTEGER : Number(cursor);
  const { store } = assembly.platform;
  return accept(state === undefined ? listPage(store, below, limit) : unansweredPage(store, state, below, limit));
}

export async function changes(assembly: Assembly, cursor: string, limit: number): Promise<Outcome<InboxPage>> {
  if (!isContinuation(cursor)) await bringUpToDate(assembly);
  const { store } = assembly.platform;
  const place = placeOf(cursor, assembly.rows.version, store.collectedTo());
  if (place === undefined) return BAD_CURSOR;
  return accept({ ...pageAt(store, place, limit), ...(place.fresh && { fresh: true as const }) });
}

/** Marked as unread holds until something is read, so what was read before must be known first. */
export async function changeSettings(assembly: Assembly, id: string, settings: SettingsBody): Promise<Outcome<ConversationRow>> {
  if (settings.marked_unread === true) await ask(assembly, id);
  const changed = await changeOwn(assembly, id, (row) => assembly.rows.changeSettings(row, settings));
  return changed.ok ? accept(toRow(changed.value)) : changed;
}

/** Changes the user's own view of a conversation; one that has not told of itself yet is asked. */
export async function changeOwn<T>(assembly: Assembly, conversationId: string, change: (old: InboxRecord) => T): Promise<Outcome<T>> {
  const { rows } = assembly;
  if (rows.ofMember(conversationId) === undefined) await ask(assembly, conversationId);
  // Read after the wait: it may have moved.
  const row = rows.ofMember(conversationId);
  return row === undefined ? refuse('not_found', 'no such conversation') : accept(change(row));
}

/**
 * Its sockets here close at once, those in conversations right after, nobody waiting for them.
 * @param first conversations in which it is known to have some
 */
export function endSession({ platform, connections, devices, sweeps }: Assembly, sessionId: string, first: readonly string[] = []): void {
  platform.store.dropTicketsOf(sessionId);
  devices.forgetSession(sessionId);
  connections.closeWhere(({ attachment }) => attachment.session_id === sessionId, CLOSE.credentials_ended, 'the session has ended');
  void sweeps.begin(END + sessionId, first);
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
  const { platform, sweeps, presence, pushes } = assembly;
  const parts: (() => void | Promise<void>)[] = [() => presence.ring(), () => sweeps.ring(), () => pushes.looks.ring()];
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
export function nextAlarmAt({ platform, sweeps, presence, pushes }: Assembly): number | null {
  const dues = [sweeps.nextAt(), presence.nextAt(), pushes.looks.nextAt()].filter((due) => due !== null);
  // Never at once: what cannot finish must not spin.
  return dues.length === 0 ? null : Math.max(Math.min(...dues), platform.now() + 1_000);
}

/** Before the first page by HTTP; those that follow are of the same state. */
async function bringUpToDate({ rows, catchUp }: Assembly): Promise<void> {
  await catchUp.once();
  rows.storeShown();
}

async function ask({ platform, rows }: Assembly, conversationId: string): Promise<void> {
  const delivery = await platform.conversations.exact(conversationId, false);
  if (delivery !== null) rows.take(delivery, false);
}

const BAD_CURSOR = refuse('bad_request', 'cursor: not one of ours');

function visit({ conversations, store }: Platform, task: string, conversationId: string): Promise<unknown> {
  if (task.startsWith(END)) return conversations.closeSockets(conversationId, { session_id: task.slice(END.length) });
  if (task.startsWith(REMOVED)) {
    const [at, device_id] = task.slice(REMOVED.length).split(' ') as [string, string];
    return conversations.closeSockets(conversationId, { device_id, opened_until: Number(at) });
  }
  // As it is wanted now: it may have been changed back since.
  return conversations.setReadReceipts(conversationId, store.privacy()?.read_receipts ?? true);
}
