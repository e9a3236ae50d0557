/**
 * The archive of messages in D1: a projection of the conversations' logs, upserted by primary
 * key, so that a repeated batch changes nothing and a late one cannot undo a newer state.
 * It is reached through a list of shards, chosen by a hash of the conversation: one database
 * is ten gigabytes and about a thousand writes a second.
 */

import { byteLength } from '../protocol/text.ts';

export interface ArchiveRow {
  message_id: number;
  global_id: string;
  sender_id: string;
  type: string;
  timestamp: number;
  reply_to: number | null;
  target: number | null;
  changed_by: number | null;
  deleted: number;
  mentions: string | null;
  detail: string | null;
  reactions: string | null;
  content: string;
}

const COLUMNS = [
  'message_id',
  'global_id',
  'sender_id',
  'type',
  'timestamp',
  'reply_to',
  'target',
  'changed_by',
  'deleted',
  'mentions',
  'detail',
  'reactions',
  'content',
] as const satisfies readonly (keyof ArchiveRow)[];

/** Two bound values, however many rows (D1 takes 100 values a statement, each of up to 2 MB). */
const UPSERT = `
  INSERT INTO messages (conversation_id, ${COLUMNS.join(', ')})
  SELECT ?1, ${COLUMNS.map((column) => `value ->> '${column}'`).join(', ')} FROM json_each(?2) WHERE true
  ON CONFLICT (conversation_id, message_id) DO UPDATE SET
    content = excluded.content, changed_by = excluded.changed_by, deleted = excluded.deleted,
    mentions = excluded.mentions, reactions = excluded.reactions
  WHERE coalesce(excluded.changed_by, 0) > coalesce(messages.changed_by, 0)`;

/** One statement, all or nothing. The caller bounds the rows and their bytes. */
export async function archiveMessages(shard: D1Database, conversationId: string, rows: readonly ArchiveRow[]): Promise<void> {
  await shard.batch([shard.prepare(UPSERT).bind(conversationId, `[${rows.map(toJson).join(',')}]`)]);
}

const toJson = (row: ArchiveRow): string => JSON.stringify(Object.fromEntries(COLUMNS.map((column) => [column, row[column]])));

/** What a row takes of a statement's value. */
export const archiveBytes = (row: ArchiveRow): number => byteLength(toJson(row)) + 1;

const CLEARED_AT_ONCE = 1_000;

/** Deletes a piece of what it holds of a conversation. @returns whether that was all */
export async function clearArchive(shard: D1Database, conversationId: string): Promise<boolean> {
  const { meta } = await shard
    .prepare(
      `DELETE FROM messages WHERE conversation_id = ?1 AND message_id IN
        (SELECT message_id FROM messages WHERE conversation_id = ?1 ORDER BY message_id LIMIT ${CLEARED_AT_ONCE})`,
    )
    .bind(conversationId)
    .run();
  return meta.changes < CLEARED_AT_ONCE;
}

/** What the archive holds of a conversation after a number, oldest first. */
export async function archivedMessages(shard: D1Database, conversationId: string, after: number, limit: number): Promise<ArchiveRow[]> {
  const result = await shard
    .prepare(`SELECT ${COLUMNS.join(', ')} FROM messages WHERE conversation_id = ? AND message_id > ? ORDER BY message_id LIMIT ?`)
    .bind(conversationId, after, limit)
    .all<ArchiveRow>();
  return result.results;
}

/** The same conversation always has the same shard (FNV-1a of its id). */
export function shardOf<T>(shards: readonly T[], conversationId: string): T {
  let hash = 0x811c9dc5;
  for (let i = 0; i < conversationId.length; i++) hash = Math.imul(hash ^ conversationId.charCodeAt(i), 0x01000193);
  return shards[(hash >>> 0) % shards.length]!;
}
