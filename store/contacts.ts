/** Who has whom in the contact list, and who blocks whom. Writes are idempotent; pages go by the other's id. */
import type { PublicProfile } from '../protocol/accounts.ts';
import { publicProfileOf, type PublicRow } from './accounts.ts';
import { read, write } from './database.ts';

/** `next`: the id after which the next page begins; null on the last. */
export interface PeoplePage {
  people: PublicProfile[];
  next: string | null;
}

export function contactsOf(db: D1Database, userId: string, after: string, limit: number): Promise<PeoplePage> {
  return peopleIn(db, { table: 'contacts', own: 'user_id', other: 'contact_id' }, userId, after, limit);
}

export function blockedBy(db: D1Database, userId: string, after: string, limit: number): Promise<PeoplePage> {
  return peopleIn(db, { table: 'blocks', own: 'blocker_id', other: 'blocked_id' }, userId, after, limit);
}

export async function addContact(db: D1Database, userId: string, contactId: string, now: number): Promise<void> {
  await write(() =>
    db
      .prepare('INSERT INTO contacts (user_id, contact_id, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING')
      .bind(userId, contactId, now)
      .run(),
  );
}

export async function removeContact(db: D1Database, userId: string, contactId: string): Promise<void> {
  await write(() => db.prepare('DELETE FROM contacts WHERE user_id = ?1 AND contact_id = ?2').bind(userId, contactId).run());
}

export async function addBlock(db: D1Database, blockerId: string, blockedId: string, now: number): Promise<void> {
  await write(() =>
    db
      .prepare('INSERT INTO blocks (blocker_id, blocked_id, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING')
      .bind(blockerId, blockedId, now)
      .run(),
  );
}

export async function removeBlock(db: D1Database, blockerId: string, blockedId: string): Promise<void> {
  await write(() => db.prepare('DELETE FROM blocks WHERE blocker_id = ?1 AND blocked_id = ?2').bind(blockerId, blockedId).run());
}

/** Which of the two blocks the other: none, one or both. */
export async function blocksBetween(db: D1Database, one: string, other: string): Promise<string[]> {
  const { results } = await read(() =>
    db
      .prepare('SELECT blocker_id FROM blocks WHERE (blocker_id = ?1 AND blocked_id = ?2) OR (blocker_id = ?2 AND blocked_id = ?1)')
      .bind(one, other)
      .all<{ blocker_id: string }>(),
  );
  return results.map(({ blocker_id }) => blocker_id);
}

interface List {
  table: 'contacts' | 'blocks';
  own: string;
  other: string;
}

/** In the order of the list's own key: sorted by `user.id` it would be sorted anew for each page. */
async function peopleIn(db: D1Database, { table, own, other }: List, userId: string, after: string, limit: number): Promise<PeoplePage> {
  const { results } = await read(() =>
    db
      .prepare(
        `SELECT user.id, username, name, image FROM ${table} JOIN user ON user.id = ${other}
          WHERE ${own} = ?1 AND ${other} > ?2 ORDER BY ${other} LIMIT ?3`,
      )
      .bind(userId, after, limit + 1)
      .all<PublicRow>(),
  );
  const page = results.slice(0, limit);
  return { people: page.map(publicProfileOf), next: results.length > limit ? (page.at(-1)?.id ?? null) : null };
}
