/**
 * A user's row of a conversation: how what the conversation told is merged into it, and how it
 * looks on the wire. Pure. Deliveries may come twice, late or out of order: an older state
 * never replaces a newer one, and read positions only rise.
 */
import type { ConversationRow, LastMessage } from '../../protocol/conversations.ts';
import type { Delivery } from './api.ts';
import type { InboxRecord } from './schema.ts';

const MENTIONS_KEPT = 1_000;

/** @returns the new row, or null when the delivery says nothing new */
export function merge(old: InboxRecord | undefined, delivery: Delivery, version: number): InboxRecord | null {
  const newer = old === undefined || delivery.last_message_id > old.last_message_id;
  const state = old !== undefined && delivery.last_message_id < old.last_message_id ? old : fromDelivery(delivery);
  const readFurther = old === undefined || delivery.read_message_id > old.read_message_id;
  const read = readFurther ? delivery : old;
  const mentioned = new Set([...(old === undefined ? [] : (JSON.parse(old.mentioned_in) as number[])), ...delivery.mentioned_in]);
  const row: InboxRecord = {
    ...state,
    read_message_id: read.read_message_id,
    read_total: read.read_total,
    mentioned_in: JSON.stringify(
      [...mentioned]
        .filter((number) => number > read.read_message_id)
        .toSorted((a, b) => a - b)
        .slice(-MENTIONS_KEPT),
    ),
    muted_until: old?.muted_until ?? null,
    pinned: old?.pinned ?? 0,
    archived: old?.archived ?? 0,
    marked_unread: readFurther ? 0 : old.marked_unread,
    activity: newer ? version : old.activity,
    version: old?.version ?? version,
  };
  if (old !== undefined && sameRow(row, old)) return null;
  return { ...row, version };
}

export function toRow(record: InboxRecord): ConversationRow {
  const row: ConversationRow = {
    conversation_id: record.conversation_id,
    kind: record.kind,
    role: record.role ?? 'member',
    title: record.title,
    avatar_url: record.avatar_url,
    members: JSON.parse(record.members) as string[],
    last_message_id: record.last_message_id,
    read_message_id: record.read_message_id,
    unread_count: Math.max(0, record.countable_total - record.read_total),
    mention_count: (JSON.parse(record.mentioned_in) as number[]).length,
    marked_unread: record.marked_unread === 1,
    muted_until: record.muted_until,
    pinned: record.pinned === 1,
    archived: record.archived === 1,
    updated_at: record.updated_at,
  };
  if (record.last_message !== null) row.last_message = JSON.parse(record.last_message) as LastMessage;
  return row;
}

type State = Omit<
  InboxRecord,
  'read_message_id' | 'read_total' | 'mentioned_in' | 'muted_until' | 'pinned' | 'archived' | 'marked_unread' | 'activity' | 'version'
>;

function fromDelivery(delivery: Delivery): State {
  return {
    conversation_id: delivery.conversation_id,
    kind: delivery.kind,
    role: delivery.role,
    title: delivery.title,
    avatar_url: delivery.avatar_url,
    members: JSON.stringify(delivery.members),
    last_message_id: delivery.last_message_id,
    last_message: delivery.last_message === null ? null : JSON.stringify(delivery.last_message),
    countable_total: delivery.countable_total,
    updated_at: delivery.updated_at,
  };
}

const sameRow = (one: InboxRecord, other: InboxRecord): boolean =>
  (Object.keys(one) as (keyof InboxRecord)[]).every((column) => one[column] === other[column]);
