/**
 * Sessions from when D1 kept them (tokens of 32 characters, which name no user). D1 says whose one is;
 * the user's object takes it over before it counts, and is asked about it from then on. To be deleted one
 * release later, with `durable/user-inbox/sessions/legacy.ts` and the table.
 */
import { read, write } from '../../store/database.ts';
import type { Env } from '../env.ts';
import { logEvent } from '../http/log.ts';
import { inboxObject } from '../objects.ts';

interface Row {
  id: string;
  userId: string;
  createdAt: string;
  updatedAt: string;
  expiresAt: string;
  ipAddress: string | null;
  userAgent: string | null;
}

const OWNERS_MAX = 10_000;
/** By the hash of the token: those that were taken over already. */
const owners = new Map<string, string>();

/** Whose it is; undefined when it is nobody's any more. Repeating it changes nothing, however far the last try got. */
export async function ownerOfLegacy(
  env: Pick<Env, 'DB' | 'USER_INBOX'>,
  token: string,
  tokenHash: string,
  now: number,
): Promise<string | undefined> {
  const known = owners.get(tokenHash);
  if (known !== undefined) return known;
  const row = await read(() =>
    env.DB.prepare('SELECT id, userId, createdAt, updatedAt, expiresAt, ipAddress, userAgent FROM session WHERE token = ?1')
      .bind(token)
      .first<Row>(),
  );
  if (row === null || Date.parse(row.expiresAt) <= now) return undefined;
  const isGood = await inboxObject(env, row.userId).takeLegacySession({
    session_id: row.id,
    token_hash: tokenHash,
    created_at: Date.parse(row.createdAt),
    updated_at: Date.parse(row.updatedAt),
    expires_at: Date.parse(row.expiresAt),
    ip_address: row.ipAddress,
    user_agent: row.userAgent,
    has_sockets: 1,
  });
  if (!isGood) return undefined;
  if (owners.size >= OWNERS_MAX) owners.clear();
  owners.set(tokenHash, row.userId);
  return row.userId;
}

/** Tidies up: the object has ended them, and takes over none of them again. `sessionId` undefined: all of the user's. */
export async function dropLegacy(env: Pick<Env, 'DB'>, userId: string, sessionId?: string): Promise<void> {
  try {
    await write(() =>
      env.DB.prepare('DELETE FROM session WHERE userId = ?1 AND (?2 IS NULL OR id = ?2)')
        .bind(userId, sessionId ?? null)
        .run(),
    );
  } catch (error) {
    logEvent('warn', 'drop_legacy_failed', { error: String(error) });
  }
}
