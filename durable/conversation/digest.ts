/**
 * What inboxes are told of a stretch of the log, and the message that tells one of them. One
 * digest serves all who are told together: the log is read once, and on from there when it grows.
 */
import { INBOX_MESSAGES_MAX, MEMBERS_IN_ROW_MAX } from '../../protocol/limits.ts';
import { isMessageType, type Message } from '../../protocol/message.ts';
import type { Consent, Delivery } from '../user-inbox/api.ts';
import { isGone, isPending, type MessageRequest } from './consent/request.ts';
import { toLastMessage, toMessage } from './entry.ts';
import type { Progress } from './progress.ts';
import type { ConversationStore } from './store.ts';
import type { LogWriter } from './writer.ts';

/** Entries after `from` up to `to`: those that mention somebody, each sender's last message, and the newest as they are now. */
export interface Digest {
  readonly from: number;
  to: number;
  mentions: { message_id: number; user_ids: readonly string[] }[];
  own: Map<string, { message_id: number; timestamp: number }>;
  newest: Message[];
}

export interface Device {
  device_id: string;
  heard_at: number;
}

const CHUNK = 1_000;
/** The newest entries of one delivery together; the one at the head goes in any case. */
const ENTRIES_CHARACTERS_MAX = 64 * 1024;

export const digestFrom = (from: number): Digest => ({ from, to: from, mentions: [], own: new Map(), newest: [] });

/**
 * Reads what was written since; the first time, everything after `to`. Moves its senders' own
 * markers: whoever writes has read what stood before. Who has left is not followed.
 */
export function readOn(digest: Digest, { store, writer, progress: { receipts } }: Sources): void {
  const { head, members, record } = writer;
  if (digest.to >= head) return;
  for (; digest.to < head; digest.to = Math.min(digest.to + CHUNK, head)) {
    for (const { message_id, sender_id, type, timestamp, mentions } of store.digestAfter(digest.to, CHUNK)) {
      if (isMessageType(type)) {
        digest.own.set(sender_id, { message_id, timestamp });
        if (members.has(sender_id)) receipts.move(sender_id, { read: message_id, delivered: message_id }, head);
      }
      if (mentions !== null) digest.mentions.push({ message_id, user_ids: JSON.parse(mentions) as string[] });
    }
  }
  // Those read before are read again: a change lies in its target's row.
  digest.newest = newestAfter(store, Math.max(digest.from, head - INBOX_MESSAGES_MAX), record.conversation_id);
}

interface Sources {
  store: ConversationStore;
  writer: LogWriter;
  progress: Pick<Progress, 'receipts'>;
  now(): number;
  /** By which somebody who is no member may come in, and may know of it. */
  invitationOf(userId: string): OpenInvitation | undefined;
}

export interface OpenInvitation {
  by: string;
  at: number;
  expires_at: number;
}

/** The conversation's state for one member (or one who was), with what happened after `toldTo`. */
export function deliveryTo(userId: string, toldTo: number, here: Device[], since: Digest, sources: Sources): Delivery {
  const { store, writer } = sources;
  const { record, head, lastMessage } = writer;
  const member = isGone(writer.request, userId) ? undefined : writer.members.get(userId);
  if (member === undefined) return outside(userId, here, sources);
  const position = sources.progress.receipts.of(userId);
  const read = Math.max(position.read, member.joined_message_id);
  const own = since.own.get(userId);
  const ids = [...writer.members.keys()];
  return {
    user_id: userId,
    conversation_id: record.conversation_id,
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
    mentioned_in: since.mentions
      .filter(({ message_id, user_ids }) => message_id > toldTo && user_ids.includes(userId))
      .map(({ message_id }) => message_id),
    entries: since.newest.filter(({ message_id }) => message_id > toldTo),
    own_message_at: own !== undefined && own.message_id > toldTo ? own.timestamp : null,
    here,
    updated_at: head === 0 ? record.created_at : (store.timestampAt(head) ?? record.created_at),
    ...consentOf(userId, writer.request),
  };
}

/** For one who is no member: that they are none, or that they are invited. Nothing of the log but how far it is. */
function outside(userId: string, here: Device[], { writer, progress, invitationOf, now }: Sources): Delivery {
  const { record, head } = writer;
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
    kind,
    title,
    avatar_url,
    members: [],
    role: invitation === undefined ? null : 'member',
    last_message_id: head,
    last_message: null,
    countable_total: 0,
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

function newestAfter(store: ConversationStore, after: number, conversationId: string): Message[] {
  const entries = [...store.servedAfter(after, INBOX_MESSAGES_MAX)].map((entry) => toMessage(entry, conversationId));
  let characters = 0;
  const first = entries.findLastIndex(({ content }) => (characters += content.length) > ENTRIES_CHARACTERS_MAX);
  return entries.slice(Math.min(first + 1, entries.length - 1));
}
