/**
 * Looking people up: by id, by exact user name, by the beginning of user name or display name.
 * Invariants: every read is a bounded range of an index; nobody's email is read here.
 */
import type { PublicProfile } from '../protocol/accounts.ts';
import { PUBLIC_COLUMNS, publicProfileOf, type PublicRow } from './accounts.ts';
import { read } from './database.ts';
import { endOfPrefix, foldName } from './names.ts';

export async function usersById(db: D1Database, ids: readonly string[]): Promise<PublicProfile[]> {
  const { results } = await read(() =>
    db
      .prepare(`SELECT ${PUBLIC_COLUMNS} FROM user WHERE id IN (SELECT value FROM json_each(?1))`)
      .bind(JSON.stringify(ids))
      .all<PublicRow>(),
  );
  return results.map(publicProfileOf);
}

/** User names are stored in lower case. */
export async function usersByUsername(db: D1Database, username: string): Promise<PublicProfile[]> {
  const row = await read(() =>
    db.prepare(`SELECT ${PUBLIC_COLUMNS} FROM user WHERE username = ?1`).bind(username.toLowerCase()).first<PublicRow>(),
  );
  return row === null ? [] : [publicProfileOf(row)];
}

/** Where a page ended: the last key and the id that it belonged to. */
export interface Place {
  key: string;
  id: string;
}

/**
 * Both indexes are walked in the order of their keys and merged. Who matches by both names stands
 * where the smaller key stands; at the larger one the row is left out, so a page may be shorter
 * than asked for while there is more.
 */
export async function usersByPrefix(
  db: D1Database,
  seekerId: string,
  text: string,
  after: Place | null,
  limit: number,
): Promise<{ users: PublicProfile[]; next: Place | null }> {
  const prefix = foldName(text);
  const { results } = await read(() =>
    db
      .prepare(BY_PREFIX)
      .bind(prefix, endOfPrefix(prefix), after?.key ?? '', after?.id ?? '', limit + 1, seekerId)
      .all<KeyedRow>(),
  );
  const page = results.slice(0, limit);
  const last = page.at(-1);
  return {
    users: page.filter((row) => row.hidden === 0 && row.key === firstKey(row, prefix)).map(publicProfileOf),
    next: results.length > limit && last !== undefined ? { key: last.key, id: last.id } : null,
  };
}

interface KeyedRow extends PublicRow {
  key: string;
  name_folded: string;
  /** 1: whom the seeker must not find by a beginning. Left out after the page is read: it costs the same however many hide. */
  hidden: number;
}

const HIDDEN = `reach_search = 'nobody' OR (
    reach_search = 'contacts' AND NOT EXISTS (SELECT 1 FROM contacts WHERE contacts.user_id = user.id AND contact_id = ?6)
  )`;

const branch = (column: string): string =>
  `SELECT * FROM (SELECT ${column} AS key, name_folded, ${PUBLIC_COLUMNS}, coalesce(${HIDDEN}, 0) AS hidden FROM user
    WHERE ${column} >= ?1 AND ${column} < ?2 AND (${column}, id) > (?3, ?4) ORDER BY ${column}, id LIMIT ?5)`;

const BY_PREFIX = `${branch('name_folded')} UNION ${branch('username')} ORDER BY key, id LIMIT ?5`;

function firstKey({ username, name_folded }: KeyedRow, prefix: string): string | undefined {
  return [username ?? '', name_folded].filter((key) => key.startsWith(prefix)).toSorted(byBytes)[0];
}

/** As SQLite compares text: by UTF-8, which is not the order of JavaScript's strings. */
const byBytes = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));
