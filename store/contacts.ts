/**
 * Who has whom in the contact list, and who blocks whom, for lists and look-ups: mirrors of what each user's own
 * object holds. Writes are idempotent; pages go by the other's id.
 */
import type { PublicProfile } from '../protocol/accounts.ts';
import { publicProfileOf, type PublicRow } from './accounts.ts';
import { read, write } from './database.ts';

/** `next`: the id after which the next page begins; null on the last. */
export interface PeoplePage {
  people: PublicProfile[];
  next: string | null;
}

export function contactsOf(db: D1Database, userId: string, after: string, limit: number): Promise<PeoplePage> {
  return peopleIn(db, LISTS.contacts, userId, after, limit);
}

export function blockedBy(db: D1Database, userId: string, after: string, limit: number): Promise<PeoplePage> {
  return peopleIn(db, LISTS.blocks, userId, after, limit);
}

/** What is there of before: ids in the order of the list, from after `after` on. */
export async function relationIds(db: D1Database, table: List['table'], userId: string, after: string, limit: number): Promise<string[]> {
  const { own, other } = LISTS[table];
  const { results } = await read(() =>
    db
      .prepare(`SELECT ${other} AS id FROM ${table} WHERE ${own} = ?1 AND ${other} > ?2 ORDER BY ${other} LIMIT ?3`)
      .bind(userId, after, limit)
      .all<{ id: string }>(),
  );
  return results.map(({ id }) => id);
}

/** How the one stands to the other, as the one's own object has it. Repeating it changes nothing. */
export async function mirrorRelation(
  db: D1Database,
  userId: string,
  otherId: string,
  { contact, blocked }: { contact: boolean; blocked: boolean },
  now: number,
): Promise<void> {
  const statement = (table: List['table'], on: boolean): D1PreparedStatement => {
    const { own, other } = LISTS[table];
    if (!on) return db.prepare(`DELETE FROM ${table} WHERE ${own} = ?1 AND ${other} = ?2`).bind(userId, otherId);
    return db
      .prepare(`INSERT INTO ${table} (${own}, ${other}, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING`)
      .bind(userId, otherId, now);
  };
  await write(() => db.batch([statement('contacts', contact), statement('blocks', blocked)]));
}

interface List {
  table: 'contacts' | 'blocks';
  own: string;
  other: string;
}

const LISTS = {
  contacts: { table: 'contacts', own: 'user_id', other: 'contact_id' },
  blocks: { table: 'blocks', own: 'blocker_id', other: 'blocked_id' },
} as const satisfies Record<List['table'], List>;

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
