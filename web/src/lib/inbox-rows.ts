/**
 * The list as it is shown: the rows the server answered, and over them what an
 * open conversation knows already. The log is ahead of the list, never behind it.
 */
import type { ConversationRow, LastMessage } from '../../../protocol/conversations.ts';

/** What an open conversation knows of its own end. */
export interface Latest {
  last_message: LastMessage;
  read_message_id: number;
}

export function withLatest(rows: readonly ConversationRow[], latest: ReadonlyMap<string, Latest>): ConversationRow[] {
  return rows
    .map((row) => ahead(row, latest.get(row.conversation_id)))
    .toSorted((one, other) => Number(other.pinned) - Number(one.pinned) || other.updated_at - one.updated_at);
}

/** Chats that are muted count, quietly: not in the number. */
export const unreadOf = (rows: readonly ConversationRow[], now: number): number =>
  rows.reduce((sum, row) => sum + (row.muted_until !== null && row.muted_until > now ? 0 : row.unread_count), 0);

/** A conversation that moved between two pages is on both. */
export const once = (rows: readonly ConversationRow[]): ConversationRow[] => [
  ...new Map(rows.map((row) => [row.conversation_id, row])).values(),
];

function ahead(row: ConversationRow, latest: Latest | undefined): ConversationRow {
  if (latest === undefined) return row;
  const isNewer = latest.last_message.message_id >= (row.last_message?.message_id ?? 0);
  const isRead = latest.read_message_id >= row.last_message_id;
  return {
    ...row,
    ...(isNewer ? { last_message: latest.last_message, updated_at: Math.max(row.updated_at, latest.last_message.timestamp) } : {}),
    ...(isRead ? { unread_count: 0, mention_count: 0 } : {}),
  };
}
