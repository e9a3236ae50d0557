/** What must be true when a conversation has come to rest: its log, and everything that follows the log, against a naive model. */
import { isDeepStrictEqual } from 'node:util';
import { toLastMessage } from '../../../durable/conversation/entry.ts';
import { marksFromJson } from '../../../durable/conversation/fanout.ts';
import type { EntryRecord, ProgressRecord } from '../../../durable/conversation/schema.ts';
import { toRow } from '../../../durable/user-inbox/inbox.ts';
import type { Delivery } from '../../../durable/user-inbox/api.ts';
import type { LogFrame } from '../../../protocol/client-frames.ts';
import { isMessageType, type MembershipChange, type Role } from '../../../protocol/message.ts';
import type { Device } from './device.ts';
import type { SimulatedArchive } from './database.ts';
import type { SimulatedInboxes } from './inboxes.ts';
import type { SqliteStorage } from '../../support/sqlite-storage.ts';

export interface AtRest {
  storage: SqliteStorage;
  /** Everybody there at the creation, and when they joined. */
  founders: ReadonlyMap<string, Role>;
  devices: readonly Device[];
  /** What was asked for over HTTP. */
  requested: readonly { userId: string; frame: LogFrame }[];
  acked: ReadonlyMap<string, number>;
  inboxes: SimulatedInboxes;
  archive: SimulatedArchive;
}

export function breachesAtRest(world: AtRest): string[] {
  const log = world.storage.rows<EntryRecord>('SELECT * FROM messages ORDER BY message_id');
  const { members, breaches } = membership(world, log);
  const read = positions(world, log, members);
  return [
    ...breaches,
    ...numbering(log),
    ...promises(world, log),
    ...presentState(world, log),
    ...inboxes(world, log, members, read),
    ...archive(world, log),
    ...devices(world, log, members),
    ...receipts(world, members),
    ...membersInD1(world, members),
  ];
}

/**
 * What the disk says after a turn. Timers die with the process, so what is to be told never stands
 * without an alarm (`watched`); and what counts as told or archived has arrived there.
 */
export function breachesOnDisk(
  storage: SqliteStorage,
  { inboxes: { rows }, archive: d1 }: Pick<AtRest, 'inboxes' | 'archive'>,
  watched: boolean,
): string[] {
  const [log] = storage.rows<{ head: number }>('SELECT coalesce(max(message_id), 0) AS head FROM messages');
  const [progress] = storage.rows<ProgressRecord>('SELECT * FROM progress');
  const marks = marksFromJson(progress!.fanout);
  const found: string[] = [];
  for (const [userId, { told }] of marks) {
    const has = rows.get(userId)?.last_message_id ?? -1;
    if (told > has) found.push(`[P4] ${userId} counts as told of ${told} and has ${has}`);
  }
  if (progress!.archived_to > d1.size) found.push(`[P5] the archive counts as having ${progress!.archived_to} and has ${d1.size}`);
  const members = storage.rows<{ user_id: string }>('SELECT user_id FROM members ORDER BY user_id').map(({ user_id }) => user_id);
  const projected = progress!.members_projected >= 0;
  if (projected && !isDeepStrictEqual(d1.members(), members)) found.push('[P5] D1 counts as knowing the members and has others');
  if (watched) return found;
  if (!projected) found.push('[P5] D1 is to be told of the members and no alarm is armed');
  for (const userId of new Set([...members, ...marks.keys()])) {
    if ((marks.get(userId)?.told ?? -1) < log!.head) found.push(`[P4] ${userId} is to be told of ${log!.head} and no alarm is armed`);
  }
  if (progress!.archived_to < log!.head) found.push(`[P5] ${log!.head} is to be archived and no alarm is armed`);
  return found;
}

/** What an inbox that asks is told, against the disk at that moment. */
export function breachesOfExact(storage: SqliteStorage, userId: string, delivery: Delivery | null): string[] {
  const [member] = storage.rows<{ role: Role }>('SELECT role FROM members WHERE user_id = ?', userId);
  if (delivery === null) return member === undefined ? [] : [`[P4] ${userId} asks and is told nothing`];
  const log = storage.rows<EntryRecord>('SELECT * FROM messages ORDER BY message_id');
  const expected = {
    role: member?.role ?? null,
    last_message_id: log.length,
    countable_total: log.filter(({ type }) => isMessageType(type)).length,
    newest: member === undefined ? undefined : delivery.entries.length === 0 ? undefined : log.length,
  };
  const { role, last_message_id, countable_total, entries } = delivery;
  const actual = { role, last_message_id, countable_total, newest: entries.at(-1)?.message_id };
  return isDeepStrictEqual(actual, expected)
    ? []
    : [`[P4] ${userId} asks and is told ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`];
}

function numbering(log: readonly EntryRecord[]): string[] {
  const breaches: string[] = [];
  const seen = new Set<string>();
  let total = 0;
  for (const [index, entry] of log.entries()) {
    if (entry.message_id !== index + 1) breaches.push(`[P2] entry ${index + 1} has number ${entry.message_id}`);
    total += isMessageType(entry.type) ? 1 : 0;
    if (entry.countable_total !== total)
      breaches.push(`entry ${entry.message_id} counts ${entry.countable_total} messages instead of ${total}`);
    if (seen.has(key(entry))) breaches.push(`[P3] ${key(entry)} is stored twice`);
    seen.add(key(entry));
  }
  return breaches;
}

function promises({ devices, acked }: AtRest, log: readonly EntryRecord[]): string[] {
  const breaches: string[] = [];
  const numbers = new Map(log.map((entry) => [key(entry), entry.message_id]));
  for (const [id, number] of acked) {
    if (number > log.length) breaches.push(`[P1] ${id} was acknowledged as ${number} and is gone`);
  }
  // One that mentions somebody may be refused, its answer lost, and be taken later, when that somebody has come back.
  for (const { userId, deviceId, pressed } of devices) {
    const stored = pressed
      .filter((frame) => frame.op === 'send' && frame.mentions === undefined)
      .map(({ global_id }) => numbers.get(userId + global_id));
    const order = stored.filter((number) => number !== undefined);
    if (order.some((number, index) => index > 0 && number < order[index - 1]!))
      breaches.push(`[P9] ${deviceId} pressed in another order: ${order.join(' ')}`);
  }
  return breaches;
}

/** Replays the log with the contents as they were pressed. */
function presentState({ devices, requested }: AtRest, log: readonly EntryRecord[]): string[] {
  const frames = new Map<string, LogFrame>();
  for (const { userId, pressed } of devices) for (const frame of pressed) frames.set(userId + frame.global_id, frame);
  for (const { userId, frame } of requested) frames.set(userId + frame.global_id, frame);
  const state = new Map<
    number,
    Pick<EntryRecord, 'content' | 'changed_by' | 'edited_by' | 'deleted'> & { reactions: Record<string, string[]> }
  >();
  for (const entry of log) {
    const frame = frames.get(key(entry));
    const content = frame === undefined ? '' : 'content' in frame ? frame.content : 'emoji' in frame ? frame.emoji : '';
    // An edit keeps no text of its own.
    state.set(entry.message_id, {
      content: frame?.op === 'edit' ? '' : content,
      changed_by: null,
      edited_by: null,
      deleted: 0,
      reactions: {},
    });
    const target = entry.target === null ? undefined : state.get(entry.target)!;
    if (target === undefined || frame === undefined) continue;
    target.changed_by = entry.message_id;
    if (frame.op === 'edit') {
      Object.assign(target, { content, edited_by: entry.message_id });
    } else if (frame.op === 'delete') {
      Object.assign(target, { content: '', deleted: 1, reactions: {} });
    } else if (frame.op === 'react') {
      const without = (target.reactions[frame.emoji] ?? []).filter((userId) => userId !== entry.sender_id);
      target.reactions[frame.emoji] = frame.on ? [...without, entry.sender_id] : without;
      if (target.reactions[frame.emoji]!.length === 0) delete target.reactions[frame.emoji];
    }
  }
  return log.flatMap((entry) => {
    const stored = JSON.parse(entry.reactions ?? '{}') as Record<string, Record<string, number>>;
    const reactions = Object.fromEntries(Object.entries(stored).map(([emoji, users]) => [emoji, Object.keys(users)]));
    const { content, changed_by, edited_by, deleted } = entry;
    const found = { content, changed_by, edited_by, deleted, reactions };
    const expected = state.get(entry.message_id);
    return isDeepStrictEqual(found, expected)
      ? []
      : [`entry ${entry.message_id} is ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`];
  });
}

interface Membership {
  /** Who is a member at the end, since which number. */
  members: Map<string, { role: Role; joined: number }>;
  breaches: string[];
}

/** [P8] Replays who came and went; nobody else wrote. */
function membership({ founders, storage }: AtRest, log: readonly EntryRecord[]): Membership {
  const breaches: string[] = [];
  const members = new Map(Array.from(founders, ([userId, role]) => [userId, { role, joined: 0 }]));
  for (const entry of log) {
    // The heir's new role is told in the name of the owner who left a moment before.
    if (!members.has(entry.sender_id) && entry.type !== 'membership')
      breaches.push(`[P8] ${entry.message_id} is of ${entry.sender_id}, no member`);
    if (entry.type !== 'membership') continue;
    const { action, user_id, role } = JSON.parse(entry.detail!) as MembershipChange;
    if (action === 'left' || action === 'removed') members.delete(user_id);
    else members.set(user_id, { role: role ?? 'member', joined: members.get(user_id)?.joined ?? entry.message_id });
  }
  const expected = Array.from(members, ([user_id, { role, joined }]) => ({ user_id, role, joined_message_id: joined })).toSorted(byUser);
  const stored = storage.rows<{ user_id: string; role: Role; joined_message_id: number }>(
    'SELECT user_id, role, joined_message_id FROM members',
  );
  const found = stored.map((row) => ({ ...row })).toSorted(byUser);
  if (!isDeepStrictEqual(found, expected)) breaches.push(`the members are ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
  return { members, breaches };
}

/** How far each member has read: as far as a device said, or as the member's own last message. */
function positions({ devices }: AtRest, log: readonly EntryRecord[], members: Membership['members']): Map<string, number> {
  return new Map(
    Array.from(members, ([userId, { joined }]) => {
      const own = log.findLast((entry) => entry.sender_id === userId && isMessageType(entry.type))?.message_id ?? 0;
      const said = devices.filter((device) => device.userId === userId).map(({ readTo }) => Math.min(readTo, log.length));
      return [userId, Math.max(joined, own, ...said)];
    }),
  );
}

function inboxes(
  { inboxes: { rows, breaches } }: AtRest,
  log: readonly EntryRecord[],
  members: Membership['members'],
  read: ReadonlyMap<string, number>,
): string[] {
  const found: string[] = [...breaches];
  const newest = log.findLast((entry) => isMessageType(entry.type));
  for (const [userId, record] of rows) {
    if (!members.has(userId) && record.role !== null) found.push(`[P4] the inbox of ${userId} was never told of the end`);
  }
  for (const [userId, { role }] of members) {
    const record = rows.get(userId);
    if (record === undefined || record.role === null) {
      found.push(`[P4] the inbox of ${userId} knows nothing`);
      continue;
    }
    const unread = log.filter((entry) => entry.message_id > read.get(userId)! && isMessageType(entry.type));
    const row = toRow(record);
    const expected = {
      role,
      last_message_id: log.length,
      last_message: newest === undefined ? undefined : toLastMessage(newest),
      read_message_id: read.get(userId),
      unread_count: unread.length,
    };
    const actual = {
      role: row.role,
      last_message_id: row.last_message_id,
      last_message: row.last_message,
      read_message_id: row.read_message_id,
      unread_count: row.unread_count,
    };
    if (!isDeepStrictEqual(actual, expected))
      found.push(`[P4] the inbox of ${userId} has ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
    const mentions = unread.filter((entry) => entry.mentions?.includes(userId)).length;
    // A deleted message mentions nobody any more, but may have been told before.
    const deleted = unread.filter((entry) => entry.deleted === 1).length;
    if (row.mention_count < mentions || row.mention_count > mentions + deleted)
      found.push(`the inbox of ${userId} counts ${row.mention_count} mentions instead of ${mentions}`);
  }
  return found;
}

function archive({ archive: d1 }: AtRest, log: readonly EntryRecord[]): string[] {
  const rows = d1.rows();
  if (rows.length !== log.length) return [`[P5] D1 has ${rows.length} entries of ${log.length}`];
  return rows.flatMap((row, index) => {
    const { conversation_id: _id, ...found } = row as typeof row & { conversation_id: string };
    const entry = log[index]!;
    const expected = Object.fromEntries(Object.keys(found).map((column) => [column, entry[column as keyof EntryRecord]]));
    return isDeepStrictEqual({ ...found }, expected) ? [] : [`[P5] D1 has ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`];
  });
}

function devices({ devices: all }: AtRest, log: readonly EntryRecord[], members: Membership['members']): string[] {
  return all.flatMap((device) => {
    const { deviceId, userId, queue } = device;
    const wrong = [...device.log.values()].filter(({ message_id, global_id }) => log[message_id - 1]?.global_id !== global_id);
    const found = wrong.map(({ message_id }) => `[P2] ${deviceId} has another entry ${message_id}`);
    if (!members.has(userId)) return found;
    if (device.last !== log.length) found.push(`[P7] ${deviceId} has entries up to ${device.last} of ${log.length}`);
    if (queue.length > 0) found.push(`[P9] ${deviceId} still waits for ${queue.length} answers`);
    return found;
  });
}

function receipts({ storage, inboxes: { silent } }: AtRest, members: Membership['members']): string[] {
  const [row] = storage.rows<Pick<ProgressRecord, 'receipts' | 'receipts_off'>>('SELECT receipts, receipts_off FROM progress');
  const off = new Set(JSON.parse(row!.receipts_off) as string[]);
  const kept = [...Object.keys(JSON.parse(row!.receipts) as object), ...off];
  const found = kept.filter((userId) => !members.has(userId)).map((userId) => `receipts are kept of ${userId}, who is no member`);
  for (const userId of members.keys()) {
    if (off.has(userId) !== silent.has(userId))
      found.push(`${userId} has receipts ${silent.has(userId) ? 'off' : 'on'}, which is not known here`);
  }
  return found;
}

/** Everybody has been there since the last change: D1 lists them, and no inbox doubts what it has. */
function membersInD1({ archive: d1 }: AtRest, members: Membership['members']): string[] {
  return isDeepStrictEqual(d1.members(), [...members.keys()].toSorted()) ? [] : [`[P5] D1 lists ${d1.members().join(' ')} as members`];
}

const key = ({ sender_id, global_id }: EntryRecord): string => sender_id + global_id;
const byUser = (one: { user_id: string }, other: { user_id: string }): number => (one.user_id < other.user_id ? -1 : 1);
