/**
 * People in D1: profiles, who exists, and users that an embedding application brings along.
 * better-auth writes the same table; both keep `name_folded` with the name.
 */
import type { OwnProfile, PatchProfileBody, PublicProfile } from '../protocol/accounts.ts';
import type { PrivacyChoice } from '../protocol/reach.ts';
import { read, write } from './database.ts';
import { foldName } from './names.ts';

export const PUBLIC_COLUMNS = 'id, username, name, image';
export interface PublicRow {
  id: string;
  username: string | null;
  name: string;
  image: string | null;
}

export const publicProfileOf = (row: PublicRow): PublicProfile => ({
  user_id: row.id,
  username: row.username,
  name: row.name,
  avatar_url: row.image,
});

interface OwnRow extends PublicRow {
  email: string | null;
  createdAt: string;
  read_receipts: number;
  last_seen: PrivacyChoice['last_seen'];
  reach_messages: PrivacyChoice['messages'];
  reach_groups: PrivacyChoice['groups'];
  reach_search: PrivacyChoice['search'];
}

const OWN_COLUMNS = `${PUBLIC_COLUMNS}, email, createdAt, read_receipts, last_seen, reach_messages, reach_groups, reach_search`;

/** With the choices as they are stored. */
export type StoredProfile = Omit<OwnProfile, 'privacy'> & { privacy: PrivacyChoice };

export async function ownProfile(db: D1Database, userId: string): Promise<StoredProfile | null> {
  const row = await read(() => db.prepare(`SELECT ${OWN_COLUMNS} FROM user WHERE id = ?1`).bind(userId).first<OwnRow>());
  if (row === null) return null;
  return {
    ...publicProfileOf(row),
    email: row.email,
    privacy: {
      read_receipts: row.read_receipts === 1,
      last_seen: row.last_seen,
      messages: row.reach_messages,
      groups: row.reach_groups,
      search: row.reach_search,
    },
    created_at: Date.parse(row.createdAt),
  };
}

/** Repeating it changes nothing more. */
export async function changeProfile(db: D1Database, userId: string, change: PatchProfileBody, now: number): Promise<void> {
  const values: Record<string, string | number | null> = {};
  if (change.name !== undefined) Object.assign(values, { name: change.name, name_folded: foldName(change.name) });
  if (change.avatar_url !== undefined) values['image'] = change.avatar_url;
  if (change.privacy?.read_receipts !== undefined) values['read_receipts'] = Number(change.privacy.read_receipts);
  if (change.privacy?.last_seen !== undefined) values['last_seen'] = change.privacy.last_seen;
  if (change.privacy?.messages !== undefined) values['reach_messages'] = change.privacy.messages;
  if (change.privacy?.groups !== undefined) values['reach_groups'] = change.privacy.groups;
  if (change.privacy?.search !== undefined) values['reach_search'] = change.privacy.search;
  const columns = Object.keys(values);
  if (columns.length === 0) return;
  const assignments = columns.map((column, index) => `${column} = ?${index + 3}`).join(', ');
  await write(() =>
    db
      .prepare(`UPDATE user SET ${assignments}, updatedAt = ?2 WHERE id = ?1`)
      .bind(userId, new Date(now).toISOString(), ...Object.values(values))
      .run(),
  );
}

export interface ForeignUser {
  user_id: string;
  /** Left as they are (or empty at first) when undefined. */
  name: string | undefined;
  avatar_url: string | undefined;
  now: number;
}

/** Creates the user of an embedding application, or brings name and picture up to date; writes nothing when all is as it was. */
export async function ensureUser(db: D1Database, user: ForeignUser): Promise<void> {
  const at = new Date(user.now).toISOString();
  const name = user.name ?? '';
  await write(() =>
    db
      .prepare(
        `INSERT INTO user (id, name, name_folded, image, createdAt, updatedAt) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
         ON CONFLICT (id) DO UPDATE SET
           name = iif(?2 = '', name, excluded.name),
           name_folded = iif(?2 = '', name_folded, excluded.name_folded),
           image = coalesce(excluded.image, image),
           updatedAt = excluded.updatedAt
         WHERE (?2 <> '' AND name <> excluded.name) OR (excluded.image IS NOT NULL AND image IS NOT excluded.image)`,
      )
      .bind(user.user_id, name, foldName(name), user.avatar_url ?? null, at)
      .run(),
  );
}

/**
 * D1 knows no transaction around several calls: when it fails in the middle of a sign-up, a user
 * without any means to sign in keeps the email. Such a one makes room for the next try; answers whether there was one.
 */
export async function dropHalfMade(db: D1Database, email: string, createdBefore: number): Promise<boolean> {
  const { meta } = await write(() =>
    db
      .prepare('DELETE FROM user WHERE email = ?1 AND createdAt < ?2 AND NOT EXISTS (SELECT 1 FROM account WHERE userId = user.id)')
      .bind(email.toLowerCase(), new Date(createdBefore).toISOString())
      .run(),
  );
  return meta.changes > 0;
}

/** Whose e-mail or user name that is, in lower case; null: nobody's. */
export async function userIdOf(db: D1Database, kind: 'email' | 'username', name: string): Promise<string | null> {
  const row = await read(() => db.prepare(`SELECT id FROM user WHERE ${kind} = ?1`).bind(name).first<{ id: string }>());
  return row?.id ?? null;
}

/** Those of these who exist, and whether they have no contacts and no blocks. */
export async function peopleToAdd(db: D1Database, ids: readonly string[]): Promise<Map<string, { without_lists: boolean }>> {
  if (ids.length === 0) return new Map();
  const { results } = await read(() => db.prepare(PEOPLE_TO_ADD).bind(JSON.stringify(ids)).all<{ id: string; without_lists: number }>());
  return new Map(results.map(({ id, without_lists }) => [id, { without_lists: without_lists === 1 }]));
}

const PEOPLE_TO_ADD = `
  SELECT id, NOT EXISTS (SELECT 1 FROM contacts WHERE user_id = user.id)
    AND NOT EXISTS (SELECT 1 FROM blocks WHERE blocker_id = user.id) AS without_lists
  FROM user WHERE id IN (SELECT value FROM json_each(?1))`;
