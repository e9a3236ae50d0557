/**
 * What inboxes are told of the log, and the message that tells one of them. One digest serves all who are told
 * together: a bounded stretch up to the head, and one bounded stretch of old entries for who lacks more. What is
 * counted needs no reading: the row's state is that of the head for everybody.
 */
import { INBOX_MESSAGES_MAX, MEMBERS_IN_ROW_MAX } from '../../protocol/limits.ts';
import { isMessageType, type Message } from '../../protocol/message.ts';
import type { Consent, Delivery } from '../user-inbox/api.ts';
import { isGone, isPending, type MessageRequest } from './consent/request.ts';
import { toLastMessage, toMessage } from './entry.ts';
import type { Progress } from './progress.ts';
import type { EntryRecord } from './schema.ts';
import type { ConversationStore, DigestRow } from './store.ts';
import type { LogWriter } from './writer.ts';

/** Entries after `from` up to `to`: those that mention somebody, and each sender's last message. */
export interface Stretch {
  readonly from: number;
  to: number;
  mentions: { message_id: number; user_ids: readonly string[] }[];
  own: Map<string, { message_id: number; timestamp: number }>;
}

export interface Digest {
  /** Up to the head, and on as it moves. */
  near: Stretch;
  /** Older ones, before `near`; null when nobody who is told lacks them. */
  far: Stretch | null;
  /** The newest entries as they are now. */
  newest: Message[];
}

export interface Device {
  device_id: string;
  heard_at: number;
}

/** Read at once, and of old entries in one drain: one who lacks a million of them neither holds up others nor takes the CPU. */
export const DIGEST_ENTRIES_MAX = 1_000;
/** The newest entries of one delivery together; the one at the head goes in any case. */
const ENTRIES_CHARACTERS_MAX = 64 * 1024;

interface Sources {
  store: ConversationStore;
  writer: LogWriter;
  progress: Pick<Progress, 'receipts' | 'setAside'>;
  /** An entry is skipped from here on. */
  onSetAside(error: unknown): void;
  now(): number;
  /** By which somebody who is no member may come in, and may know of it. */
  invitationOf(userId: string): OpenInvitation | undefined;
}

export interface OpenInvitation {
  by: string;
  at: number;
  expires_at: number;
}

/** @param searched how far the log was looked through for each who is told, who answered last before the others */
export function digestFor(searched: readonly number[], sources: Sources): Digest {
  const { head } = sources.writer;
  const near = stretchFrom(Math.min(head, Math.max(Math.min(...searched), head - DIGEST_ENTRIES_MAX)));
  const oldest = searched.find((number) => number < near.from);
  const far = oldest === undefined ? null : stretchFrom(oldest);
  if (far !== null) readTo(far, Math.min(far.from + DIGEST_ENTRIES_MAX, near.from), sources);
  const digest = { near, far, newest: [] };
  readOn(digest, sources);
  return digest;
}

/** What was written since. */
export function readOn(digest: Digest, sources: Sources): void {
  const { head, record } = sources.writer;
  if (digest.near.to >= head && digest.newest.length > 0) return;
  readTo(digest.near, head, sources);
  // Those read before are read again: a change lies in its target's row.
  digest.newest = newestAfter(Math.max(0, head - INBOX_MESSAGES_MAX), record.conversation_id, sources);
}

/** How far one has been looked through the log for who was looked through it up to `from`. */
export function searchedTo({ near, far }: Digest, from: number): number {
  const to = far !== null && from >= far.from ? Math.max(from, far.to) : from;
  return to >= near.from ? Math.max(from, near.to) : to;
}

/** Until the search has come near, those near were told with `told`. */
export function mentionsOf(digest: Digest, userId: string, { told, searched }: Known): number[] {
  const { near, far } = digest;
  const nearAfter = searchedTo(digest, searched) >= near.to ? searched : Math.max(told, searched);
  return [...mentionsAfter(far, searched, userId), ...mentionsAfter(near, nearAfter, userId)];
}

const mentionsAfter = (stretch: Stretch | null, after: number, userId: string): number[] =>
  (stretch?.mentions ?? [])
    .filter(({ message_id, user_ids }) => message_id > after && user_ids.includes(userId))
    .map(({ message_id }) => message_id);

/** What the inbox has, and how far the log was looked through for its user. */
export interface Known {
  told: number;
  searched: number;
}

/** The conversation's state for one member (or one who was), with what happened since. */
export function deliveryTo(userId: string, known: Known, here: Device[], digest: Digest, sources: Sources): Delivery {
  const { store, writer } = sources;
  const { record, head, lastMessage } = writer;
  const member = isGone(writer.request, userId) ? undefined : writer.members.get(userId);
  if (member === undefined) return outside(userId, here, sources);
  const position = sources.progress.receipts.of(userId);
  const read = Math.max(position.read, member.joined_message_id);
  const own = digest.near.own.get(userId) ?? digest.far?.own.get(userId);
  const ids = [...writer.members.keys()];
  return {
    user_id: userId,
    conversation_id: record.conversation_id,
    epoch: record.epoch,
    kind: record.kind,
    title: record.title,
    avatar_url: record.avatar_url,
    members: ids.slice(0, MEMBERS_IN_ROW_MAX),
    role: member.role,
    last_message_id: head,
    last_message: lastMessage === undefined ? null : toLastMessage(lastMessage),
    countable_total: writer.countableTotal,
    read_message_id: read,
    read_total: read >= head ? writer.countableTotal : store.countableTotalAt(read),
    delivered_message_id: Math.max(position.delivered, read),
    mentioned_in: mentionsOf(digest, userId, known),
    entries: digest.newest.filter(({ message_id }) => message_id > known.told),
    own_message_at: own !== undefined && own.message_id > known.searched ? own.timestamp : null,
    here,
    updated_at: head === 0 ? record.created_at : (store.timestampAt(head) ?? record.created_at),
    ...consentOf(userId, writer.request),
  };
}

/** For one who is no member: that they are none, or that they are invited. Nothing of the log but how far it is. */
function outside(userId: string, here: Device[], { writer, progress, invitationOf, now }: Sources): Delivery {
  const { record, head, countableTotal } = writer;
  const invitation = invitationOf(userId);
  const read = progress.receipts.of(userId).read;
  const { conversation_id, kind, title, avatar_url } = record;
  const consent: Consent =
    invitation === undefined
      ? { state: 'active', at: now() }
      : {
          state: 'invited',
          at: invitation.at,
          invitation: { invited_by: invitation.by, member_count: writer.members.size, expires_at: invitation.expires_at },
        };
  return {
    user_id: userId,
    conversation_id,
    epoch: record.epoch,
    kind,
    title,
    avatar_url,
    members: [],
    role: invitation === undefined ? null : 'member',
    last_message_id: head,
    last_message: null,
    // Who was a member knows how far it was counted: less would be below what they have read.
    countable_total: invitation === undefined ? countableTotal : 0,
    read_message_id: read,
    read_total: 0,
    delivered_message_id: read,
    mentioned_in: [],
    entries: [],
    own_message_at: null,
    here,
    updated_at: invitation?.at ?? record.created_at,
    consent,
  };
}

function consentOf(userId: string, request: MessageRequest | null): { consent?: Consent } {
  if (request === null) return {};
  if (!isPending(request)) return { consent: { state: 'active', at: request.at } };
  return { consent: { state: request.asked === userId ? 'request' : 'asking', at: request.at } };
}

const stretchFrom = (from: number): Stretch => ({ from, to: from, mentions: [], own: new Map() });

/** Moves its senders' own markers: whoever writes has read what stood before. Who has left is not followed. */
function readTo(stretch: Stretch, end: number, sources: Sources): void {
  const { store, writer, progress } = sources;
  const { head, members } = writer;
  for (; stretch.to < end; stretch.to = Math.min(stretch.to + DIGEST_ENTRIES_MAX, end)) {
    for (const row of store.digestAfter(stretch.to, Math.min(DIGEST_ENTRIES_MAX, end - stretch.to))) {
      const { message_id, sender_id, type, timestamp } = row;
      if (isMessageType(type)) {
        stretch.own.set(sender_id, { message_id, timestamp });
        if (members.has(sender_id)) progress.receipts.move(sender_id, { read: message_id, delivered: message_id }, head);
      }
      const mentioned = unlessAmiss(row, mentionedIn, sources);
      if (mentioned !== undefined && mentioned.length > 0) stretch.mentions.push({ message_id, user_ids: mentioned });
    }
  }
}

const mentionedIn = ({ mentions }: DigestRow): string[] => (mentions === null ? [] : (JSON.parse(mentions) as string[]));

function newestAfter(after: number, conversationId: string, sources: Sources): Message[] {
  const rows = [...sources.store.servedAfter(after, INBOX_MESSAGES_MAX)];
  const entries = rows.flatMap((row) => unlessAmiss(row, (entry: EntryRecord) => toMessage(entry, conversationId), sources) ?? []);
  let characters = 0;
  const first = entries.findLastIndex(({ content }) => (characters += content.length) > ENTRIES_CHARACTERS_MAX);
  return entries.slice(Math.max(0, Math.min(first + 1, entries.length - 1)));
}

/** An entry that cannot be understood is left out, and nobody waits for it. */
function unlessAmiss<Row extends { message_id: number }, T>(row: Row, read: (row: Row) => T, sources: Sources): T | undefined {
  try {
    return read(row);
  } catch (cause) {
    const isNew = sources.progress.setAside(row.message_id);
    if (isNew) sources.onSetAside(new Error(`entry ${row.message_id} is not told`, { cause }));
    return undefined;
  }
}
