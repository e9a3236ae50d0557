/**
 * What D1 knows of one user and those whose presence they want to see: a conversation in common,
 * who has whom as a contact, blocks, and the settings of both. What may be seen is decided elsewhere.
 * One read, whose cost does not grow with the number of conversations of anybody.
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

/** What the asker knows without D1. */
export interface Known {
  /** That a conversation with these is shared need not be looked up. */
  people: ReadonlySet<string>;
  /** Groups of the asker of whose members it knows only some. */
  groups: readonly string[];
}

/** The longest array of groups that is looked into. */
export const GROUPS_ASKED_MAX = 50;
/** Of whom nothing is known, so many conversations are compared. */
const THEIRS_COMPARED = 10;

/** Of those who exist. */
export async function presenceFacts(
  db: D1Database,
  userId: string,
  others: readonly string[],
  { people, groups }: Known,
): Promise<PresenceRow[]> {
  const asked = JSON.stringify(others.map((id) => [id, people.has(id) ? 1 : 0]));
  const statement = db.prepare(FACTS).bind(userId, asked, JSON.stringify(groups.slice(0, GROUPS_ASKED_MAX)));
  const { results } = await read(() => statement.all<PresenceRow>());
  return results;
}

/** CROSS JOIN keeps the order: first theirs, of which there are few, then the own row of each by its key. */
const FACTS = `
  WITH asked AS (
    SELECT other.id, other.last_seen, value ->> 1 AS known,
      EXISTS (SELECT 1 FROM contacts WHERE user_id = ?1 AND contact_id = other.id) AS they_in_own_contacts,
      EXISTS (SELECT 1 FROM contacts WHERE user_id = other.id AND contact_id = ?1) AS own_in_their_contacts
    FROM json_each(?2) JOIN user AS other ON other.id = value ->> 0
  ), near AS MATERIALIZED (
    SELECT DISTINCT member.value AS user_id
    FROM json_each(?3) AS of_group
    CROSS JOIN conversation_rosters ON conversation_rosters.conversation_id = of_group.value
    CROSS JOIN json_each(conversation_rosters.user_ids) AS member
  )
  SELECT asked.id AS user_id, own.last_seen AS own_last_seen, asked.last_seen AS their_last_seen,
    they_in_own_contacts, own_in_their_contacts,
    (known OR asked.id IN near OR EXISTS (
      SELECT 1 FROM (SELECT conversation_id FROM conversation_members WHERE user_id = asked.id LIMIT ${THEIRS_COMPARED}) AS theirs
      CROSS JOIN conversation_members AS mine ON mine.user_id = ?1 AND mine.conversation_id = theirs.conversation_id
    )) AS shares_conversation,
    EXISTS (
      SELECT 1 FROM blocks WHERE (blocker_id = ?1 AND blocked_id = asked.id) OR (blocker_id = asked.id AND blocked_id = ?1)
    ) AS blocked
  FROM asked JOIN user AS own ON own.id = ?1`;
