/** What inboxes are told of a stretch of the log, and the message that tells one of them. */
import { isMessageType } from '../../protocol/message.ts';
import type { Delivery } from '../user-inbox/api.ts';
import { toLastMessage } from './entry.ts';
import type { Progress } from './progress.ts';
import type { ConversationStore } from './store.ts';
import type { LogWriter } from './writer.ts';

/** Entries up to `to` that mention somebody. */
export interface Digest {
  to: number;
  mentions: { message_id: number; user_ids: readonly string[] }[];
}

const CHUNK = 1_000;
const MEMBERS_SHOWN = 8;

/**
 * Reads what was written since; the first time, everything after `to`. Moves its senders' own
 * markers: whoever writes has read what stood before. Who has left is not followed.
 */
export function readOn(digest: Digest, { store, writer, progress: { receipts } }: Sources): void {
  const { head, members } = writer;
  for (; digest.to < head; digest.to = Math.min(digest.to + CHUNK, head)) {
    for (const row of store.digestAfter(digest.to, CHUNK)) {
      if (isMessageType(row.type) && members.has(row.sender_id)) receipts.move(row.sender_id, { read: row.message_id }, head);
      if (row.mentions !== null) digest.mentions.push({ message_id: row.message_id, user_ids: JSON.parse(row.mentions) as string[] });
    }
  }
}

interface Sources {
  store: ConversationStore;
  writer: LogWriter;
  progress: Pick<Progress, 'receipts'>;
}

/** The conversation's state for one member (or one who was), with what happened after `toldTo`. */
export function deliveryTo(userId: string, toldTo: number, since: Digest, { store, writer, progress: { receipts } }: Sources): Delivery {
  const { record, head, lastMessage } = writer;
  const member = writer.members.get(userId);
  const read = Math.max(receipts.of(userId).read, member?.joined_message_id ?? 0);
  const ids = [...writer.members.keys()];
  return {
    user_id: userId,
    conversation_id: record.conversation_id,
    kind: record.kind,
    title: record.title,
    avatar_url: record.avatar_url,
    members: ids.slice(0, MEMBERS_SHOWN),
    role: member?.role ?? null,
    last_message_id: head,
    last_message: lastMessage === undefined || member === undefined ? null : toLastMessage(lastMessage),
    countable_total: writer.countableTotal,
    read_message_id: read,
    read_total: read >= head ? writer.countableTotal : store.countableTotalAt(read),
    mentioned_in: since.mentions
      .filter(({ message_id, user_ids }) => message_id > toldTo && user_ids.includes(userId))
      .map(({ message_id }) => message_id),
    updated_at: head === 0 ? record.created_at : (store.timestampAt(head) ?? record.created_at),
  };
}
