/**
 * The projection of conversations' members in D1, written by each conversation, which is the truth of it.
 * A list is told whole with its version, so that a repeated one changes nothing and a late one undoes nothing.
 */
import { write } from './database.ts';

/** @param version rises with each change of the members */
export async function projectMembers(db: D1Database, conversationId: string, version: number, userIds: readonly string[]): Promise<void> {
  const list = JSON.stringify(userIds);
  // One transaction. The roster moves last: the others ask it whether this list is newer than what is there.
  await write(() => db.batch([DROP_GONE, ADD_NEW, PUT_ROSTER].map((sql) => db.prepare(sql).bind(conversationId, version, list))));
}

/** By the primary key, from the list as it was. */
const DROP_GONE = `
  DELETE FROM conversation_members WHERE conversation_id = ?1
    AND user_id IN (
      SELECT value FROM conversation_rosters, json_each(user_ids) WHERE conversation_rosters.conversation_id = ?1 AND version < ?2
    )
    AND user_id NOT IN (SELECT value FROM json_each(?3))`;

const ADD_NEW = `
  INSERT INTO conversation_members (user_id, conversation_id) SELECT value, ?1 FROM json_each(?3)
  WHERE NOT EXISTS (SELECT 1 FROM conversation_rosters WHERE conversation_id = ?1 AND version >= ?2)
  ON CONFLICT DO NOTHING`;

const PUT_ROSTER = `
  INSERT INTO conversation_rosters (conversation_id, version, user_ids) VALUES (?1, ?2, ?3)
  ON CONFLICT (conversation_id) DO UPDATE SET version = excluded.version, user_ids = excluded.user_ids
  WHERE excluded.version > conversation_rosters.version`;
