/**
 * What D1 knows of one user and those whose presence they want to see: a conversation in common,
 * who has whom as a contact, blocks, and the settings of both. What may be seen is decided elsewhere.
 */
import type { Privacy } from '../protocol/accounts.ts';
import { read } from './database.ts';

export interface PresenceRow {
  user_id: string;
  shares_conversation: number;
  blocked: number;
  own_last_seen: Privacy['last_seen'];
  their_last_seen: Privacy['last_seen'];
  they_in_own_contacts: number;
  own_in_their_contacts: number;
}

/** Of those who exist. `known`: that a conversation is shared need not be looked up. */
export async function presenceFacts(
  db: D1Database,
  userId: string,
  others: readonly string[],
  known: ReadonlySet<string>,
): Promise<PresenceRow[]> {
  const asked = JSON.stringify(others.map((id) => [id, known.has(id) ? 1 : 0]));
  const { results } = await read(() => db.prepare(FACTS).bind(userId, asked).all<PresenceRow>());
  return results;
}

/** SQLite walks through the conversations only of those who are not `known`. */
const FACTS = `
  WITH asked AS (
    SELECT other.id, other.last_seen, value ->> 1 AS known,
      EXISTS (SELECT 1 FROM contacts WHERE user_id = ?1 AND contact_id = other.id) AS they_in_own_contacts,
      EXISTS (SELECT 1 FROM contacts WHERE user_id = other.id AND contact_id = ?1) AS own_in_their_contacts
    FROM json_each(?2) JOIN user AS other ON other.id = value ->> 0
  )
  SELECT asked.id AS user_id, own.last_seen AS own_last_seen, asked.last_seen AS their_last_seen,
    they_in_own_contacts, own_in_their_contacts,
    (known OR EXISTS (
      SELECT 1 FROM conversation_members AS mine
      JOIN conversation_members AS theirs ON theirs.conversation_id = mine.conversation_id AND theirs.user_id = asked.id
      WHERE mine.user_id = ?1
    )) AS shares_conversation,
    EXISTS (
      SELECT 1 FROM blocks WHERE (blocker_id = ?1 AND blocked_id = asked.id) OR (blocker_id = asked.id AND blocked_id = ?1)
    ) AS blocked
  FROM asked JOIN user AS own ON own.id = ?1`;
