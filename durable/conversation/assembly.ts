/**
 * Puts a conversation's modules together. It knows no platform: time, timers, sockets, other
 * objects and D1 are handed in (platform.ts has the real ones, tests have their own).
 */
import type { Delivered, Delivery } from '../user-inbox/api.ts';
import type { Alarms } from '../kit/alarms.ts';
import type { Socket } from '../kit/connection.ts';
import type { LogFrame } from '../../protocol/client-frames.ts';
import type { Refusal } from '../../protocol/errors.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { Admission } from './admission/admission.ts';
import type { People } from './admission/asking.ts';
import type { Prepared } from './admission/creation.ts';
import { toRecord } from './admission/pending.ts';
import type { Creation, Pending, Submitted } from './api.ts';
import { uuidv7 } from '../../protocol/ids.ts';
import { Connections } from './connections.ts';
import { startOver } from './restore/start-over.ts';
import { Consent } from './consent/consent.ts';
import { ask, isPending } from './consent/request.ts';
import type { Device } from './digest.ts';
import { refusalLog } from '../kit/refusal-log.ts';
import { Size } from './bounds/size.ts';
import { editRate } from './edits/count.ts';
import { Outbox } from './outbox.ts';
import { Progress } from './progress.ts';
import { Room } from './room.ts';
import type { EntryRecord, MemberRecord } from './schema.ts';
import { Signals } from './signals.ts';
import { Sockets } from './sockets.ts';
import type { ConversationStore } from './store.ts';
import { LogWriter } from './writer.ts';

export interface Assembly {
  store: ConversationStore;
  writer: LogWriter;
  progress: Progress;
  connections: Connections;
  room: Room;
  consent: Consent;
  signals: Signals;
  sockets: Sockets;
  outbox: Outbox;
  admission: Admission;
  reader(): { store: ConversationStore; conversationId: string; head: number };
}

/** What a conversation needs of the world. It never asks anything else. */
export interface Platform {
  store: ConversationStore;
  alarms: Alarms;
  /** Those that slept through a hibernation. */
  sockets: readonly Socket[];
  /** Instant of the socket's last heartbeat; 0 when there was none. */
  pingedAt(socket: Socket): number;
  deliver(delivery: Delivery): Promise<Delivered>;
  /** Null: there is no archive. */
  archive: ((conversationId: string, rows: readonly EntryRecord[]) => Promise<void>) | null;
  /** Deletes a piece of what the archive holds of it. @returns whether that was all */
  clearArchive(conversationId: string): Promise<boolean>;
  projectMembers(conversationId: string, version: number, userIds: readonly string[]): Promise<void>;
  people: People;
  rateFactor: number;
  /** What the conversation's database may hold. */
  bytesMax: number;
  now(): number;
  schedule(callback: () => void, delayMs: number): void;
  onError(event: string, error: unknown): void;
  /** A frame was answered with `nack` or `error`; `unlogged`: and so many before it, of which this was not told. */
  onRefused(refusal: Refusal, unlogged: number): void;
}

/** A conversation socket without a ping for this long is not fresh: its user may be gone. */
const FRESH_MS = 12_000;

export function assemble(platform: Platform): Assembly {
  const { store, alarms, rateFactor, bytesMax, archive, now, schedule, onError } = platform;
  const onRefused = refusalLog((refusal, unlogged) => platform.onRefused(refusal, unlogged), now);
  const writer = new LogWriter({
    store,
    editRate: editRate(rateFactor),
    size: new Size({ bytes: () => store.bytes, max: bytesMax, now }),
    onError: (error) => onError('commit_failed', error),
  });
  const progress = new Progress(store);
  const connections = new Connections(platform.sockets, (socket) => platform.pingedAt(socket));
  if (isPending(writer.request)) progress.receipts.hold(writer.request.asked);
  const outbox: Outbox = new Outbox({
    store,
    writer,
    progress,
    deliver: (delivery) => platform.deliver(delivery),
    archive: archive === null ? null : (rows) => archive(writer.record.conversation_id, rows),
    clearArchive: () => platform.clearArchive(writer.record.conversation_id),
    restored: () => startOver(assembly, uuidv7(now()), []),
    projectMembers: (version, userIds) => platform.projectMembers(writer.record.conversation_id, version, userIds),
    invitationOf: (userId) => admission.invitationOf(userId),
    here: () => freshDevices(platform, connections),
    learned: (userId, on) => void signals.readReceipts(userId, on),
    isHeld: () => admission.isFounding,
    alarms,
    now,
    schedule,
    onError: (error) => onError('drain_failed', error),
    onSetAside: (error) => onError('entry_set_aside', error),
  });
  const signals: Signals = new Signals({
    connections,
    receipts: progress.receipts,
    head: () => writer.head,
    isMember: (userId) => writer.members.has(userId),
    isSilenced: (userId) => writer.silenced(userId) || isPending(writer.request),
    readMoved: () => outbox.nudge(),
    rateFactor,
    now,
    schedule,
  });
  const room: Room = new Room({
    invited: () => admission.invited(),
    writer,
    progress,
    connections,
    outbox,
    signals,
    rateFactor,
    onRefused,
    now,
    answered: () => consent.answered(),
    soon: (callback) => schedule(callback, 0),
  });
  const consent: Consent = new Consent({ writer, progress, connections, outbox, signals, flush: () => room.flush(), now });
  const admission: Admission = new Admission({
    store: store.admission,
    writer,
    room,
    people: platform.people,
    retell: (userIds) => outbox.retell(userIds),
    now,
    arm: (at) => alarms.arm(at),
    onError: (error) => onError('admission_failed', error),
  });
  const sockets = new Sockets({ room, writer, store, progress, connections, outbox, rateFactor, onRefused, now });
  const reader = (): ReturnType<Assembly['reader']> => ({ store, conversationId: writer.record.conversation_id, head: writer.head });
  const assembly: Assembly = { store, writer, progress, connections, room, consent, signals, sockets, outbox, admission, reader };
  return assembly;
}

/** The alarm has rung: everything that is due, and the next alarm while something is pending. */
export async function ring(
  { room, outbox, admission, connections }: Assembly,
  { alarms, now }: Pick<Platform, 'alarms' | 'now'>,
): Promise<void> {
  room.flush();
  connections.closeSilent(now());
  await Promise.all([outbox.drain(), admission.ring()]);
  const next = nextAlarmAt({ outbox, admission });
  // Never at once: a drain that cannot finish must not spin.
  alarms.arm(next === null ? null : Math.max(next, now() + 1_000));
}

/** From an operator: everything that waits, now. */
export async function wake({ room, outbox }: Assembly): Promise<Pending> {
  room.flush();
  await outbox.retry();
  return outbox.pending();
}

/** When the alarm must ring next; null when nothing is pending. */
export function nextAlarmAt({ outbox, admission }: Pick<Assembly, 'outbox' | 'admission'>): number | null {
  const dues = [outbox.nextAlarmAt(), admission.nextAt()].filter((due) => due !== null);
  return dues.length === 0 ? null : Math.min(...dues);
}

/** A read position by HTTP: stored before it is answered, for nobody repeats it. @returns the position after it */
export function readByHttp({ signals, progress, outbox }: Assembly, userId: string, messageId: number): number {
  const read = signals.read(userId, messageId);
  outbox.acts(userId);
  progress.save();
  outbox.moved();
  return read;
}

/** A frame by HTTP. Who has no socket reads the list next, and finds there what they have just written. */
export function submitByHttp({ room, outbox }: Assembly, userId: string, frame: LogFrame): Outcome<Submitted> {
  const submitted = room.submit(userId, frame);
  if (submitted.ok && !submitted.value.repeated) outbox.acts(userId);
  return submitted;
}

/** The exact state for one member's inbox; `live`: a device of theirs has just come. */
export function exactly({ room, outbox, progress, reader }: Assembly, userId: string, live: boolean): Delivery | null {
  room.flush();
  outbox.answers(userId);
  const delivery = outbox.exact(userId, live);
  if (delivery?.last_message?.deleted === true) {
    delivery.notifiable = reader().store.newestUnread(userId, delivery.read_message_id, delivery.last_message_id) ?? null;
  }
  // The inbox takes it that it will be told promptly from here on: that must not be forgotten.
  if (live) progress.save();
  return delivery;
}

/** What a device got by its inbox socket. Said again after the next hello here when it is lost. */
export function deliveredByInbox({ room, writer, signals, outbox }: Assembly, userId: string, messageId: number): void {
  room.flush();
  outbox.answers(userId);
  if (writer.members.has(userId) && signals.delivered(userId, messageId)) outbox.touched();
}

/** The user's choice, stored before it is answered. */
export function setReadReceipts({ room, writer, signals, progress, outbox }: Assembly, userId: string, on: boolean): void {
  room.flush();
  if (!writer.members.has(userId)) return;
  outbox.chose(userId);
  if (signals.readReceipts(userId, on)) progress.save();
}

/** A socket has gone. */
export function leave({ room, connections, outbox }: Assembly, socket: Socket): void {
  room.flush();
  const userId = connections.get(socket)?.userId;
  connections.drop(socket);
  if (userId === undefined) outbox.nudge();
  else outbox.seenElsewhere(userId);
}

/** A conversation was just written: whoever is to be in it is asked, then it begins to tell of itself. */
export async function found({ admission, outbox }: Assembly, withoutLists: ReadonlySet<string>): Promise<void> {
  await admission.found(withoutLists);
  outbox.moved();
}

/** Writes a conversation that does not exist yet. Its log is empty: creation is no change. Who is pending is no member. */
export function createConversation(
  store: ConversationStore,
  creation: Creation,
  now: number,
  { blocks, pending, asks }: Prepared = { blocks: [], pending: [], asks: creation.asks === true },
): void {
  const { conversation_id, kind, title, creator_id, member_ids } = creation;
  const absent = new Set(pending.map(({ user_id }) => user_id));
  const userIds = [...new Set([creator_id, ...member_ids])].filter((id) => !absent.has(id));
  const members = userIds.map((user_id, index): MemberRecord => {
    const role = kind === 'group' && user_id === creator_id ? 'owner' : 'member';
    return { user_id, role, joined_message_id: 0, seniority: index + 1 };
  });
  const record = {
    conversation_id,
    kind,
    title,
    avatar_url: null,
    epoch: creation.epoch ?? uuidv7(now),
    created_at: now,
    blocked_by: JSON.stringify(blocks.flatMap(({ by, blocked }) => (blocked ? [by] : []))),
    block_versions: JSON.stringify(Object.fromEntries(blocks.map(({ by, version }) => [by, version]))),
    request: asks && kind === 'direct' ? JSON.stringify(ask(member_ids[0]!, 0, now)) : null,
  };
  const waiting = pending.length === 0 ? null : toRecord({ pending, gone: [] });
  store.create(record, members, Progress.initial(userIds), waiting);
}

function freshDevices({ pingedAt, now }: Platform, connections: Connections): Map<string, Device[]> {
  const fresh = new Map<string, Device[]>();
  for (const { socket, attachment } of connections.all()) {
    const heard_at = Math.max(pingedAt(socket), attachment.opened_at);
    if (now() - heard_at > FRESH_MS) continue;
    const devices = fresh.get(attachment.user_id) ?? [];
    const same = devices.find(({ device_id }) => device_id === attachment.device_id);
    if (same === undefined) devices.push({ device_id: attachment.device_id, heard_at });
    else same.heard_at = Math.max(same.heard_at, heard_at);
    fresh.set(attachment.user_id, devices);
  }
  return fresh;
}
