/**
 * The database better-auth works on: sessions in their user's own object, everything else in D1.
 * Of a session's token it keeps the hash, so a list of sessions has none. It makes the tokens itself,
 * since they name their user. Failures are noted (`watched-database.ts`).
 */
import type { BetterAuthOptions } from 'better-auth';
import { getAdapter } from 'better-auth/db/adapter';
import type { DBAdapter, Where } from 'better-auth/types';
import type { SessionRecord } from '../../durable/user-inbox/sessions/api.ts';
import type { Env } from '../env.ts';
import { inboxObject } from '../objects.ts';
import { hashOf } from './hash.ts';
import { dropLegacy, ownerOfLegacy } from './legacy-sessions.ts';
import { newToken, userOfToken } from './token.ts';
import { notedCall, watchedDatabase } from './watched-database.ts';

/** As better-auth sees one. */
interface SessionRow {
  id: string;
  userId: string;
  /** Empty where it is not known. */
  token: string;
  createdAt: Date;
  updatedAt: Date;
  expiresAt: Date;
  ipAddress: string | null;
  userAgent: string | null;
}

export function databaseOf(env: Env): (options: BetterAuthOptions) => DBAdapter {
  return (options) => {
    const d1 = getAdapter({ ...options, database: watchedDatabase(env.DB) });
    const sessions = new SessionTable(env);
    const adapter: DBAdapter = {
      id: 'natter',
      create: async <T extends Record<string, unknown>, R = T>(data: { model: string; data: Omit<T, 'id'> }) =>
        (data.model === 'session'
          ? sessions.create(data.data as unknown as Omit<SessionRow, 'id'>)
          : (await d1).create(data)) as Promise<R>,
      findOne: async <T>(query: { model: string; where: Where[]; join?: object | undefined }) => {
        if (query.model !== 'session') return (await d1).findOne<T>(query as Parameters<DBAdapter['findOne']>[0]);
        const [row] = await sessions.find(query.where);
        if (row === undefined || query.join === undefined) return (row ?? null) as T | null;
        const user = await (await d1).findOne({ model: 'user', where: [{ field: 'id', value: row.userId }] });
        return { ...row, user } as T;
      },
      findMany: async <T>(query: { model: string; where?: Where[] | undefined }) =>
        (query.model === 'session' ? sessions.find(query.where ?? []) : (await d1).findMany(query)) as Promise<T[]>,
      count: async (query) => (query.model === 'session' ? (await sessions.find(query.where ?? [])).length : (await d1).count(query)),
      update: async <T>(change: { model: string; where: Where[]; update: Record<string, unknown> }) =>
        (change.model === 'session' ? sessions.update(change.where, change.update) : (await d1).update(change)) as Promise<T | null>,
      updateMany: async (change) => (change.model === 'session' ? unsupported(change.where) : (await d1).updateMany(change)),
      delete: async (query) => {
        if (query.model === 'session') await sessions.delete(query.where);
        else await (await d1).delete(query);
      },
      deleteMany: async (query) => (query.model === 'session' ? sessions.delete(query.where) : (await d1).deleteMany(query)),
      consumeOne: async (query) => (query.model === 'session' ? unsupported(query.where) : (await d1).consumeOne(query)),
      incrementOne: async (change) => (change.model === 'session' ? unsupported(change.where) : (await d1).incrementOne(change)),
      // D1 knows none, and the two could not share one.
      transaction: (work) => work(adapter),
    };
    return adapter;
  };
}

class SessionTable {
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  async create({ userId, createdAt, updatedAt, expiresAt, ipAddress, userAgent }: Omit<SessionRow, 'id' | 'token'>): Promise<SessionRow> {
    const token = newToken(userId);
    const record: SessionRecord = {
      session_id: crypto.randomUUID(),
      token_hash: await hashOf(token),
      created_at: createdAt.getTime(),
      updated_at: updatedAt.getTime(),
      expires_at: expiresAt.getTime(),
      ip_address: ipAddress,
      user_agent: userAgent,
      has_sockets: 0,
    };
    await notedCall(() => this.#inbox(userId).createSession(record));
    return rowOf(record, userId, token);
  }

  async find(where: Where[]): Promise<SessionRow[]> {
    const token = valueOf(where, 'token');
    if (token !== undefined) {
      const found = await this.#byToken(token);
      return found === null ? [] : [rowOf(found.record, found.userId, token)];
    }
    const userId = valueOf(where, 'userId');
    if (userId === undefined) return unsupported(where);
    const records = await notedCall(() => this.#inbox(userId).listSessions());
    return records.map((record) => rowOf(record, userId, ''));
  }

  async update(where: Where[], { expiresAt }: Record<string, unknown>): Promise<SessionRow | null> {
    const token = valueOf(where, 'token');
    const userId = token === undefined ? undefined : await this.#userOf(token);
    if (token === undefined || !(expiresAt instanceof Date)) return unsupported(where);
    if (userId === undefined) return null;
    const record = await notedCall(async () => this.#inbox(userId).prolongSession(await hashOf(token), expiresAt.getTime()));
    return record === null ? null : rowOf(record, userId, token);
  }

  /** @returns how many there were */
  async delete(where: Where[]): Promise<number> {
    const token = valueOf(where, 'token');
    if (token !== undefined) {
      const found = await this.#byToken(token);
      if (found === null) return 0;
      await notedCall(async () => this.#inbox(found.userId).endSession(found.record.session_id));
      await dropLegacy(this.#env, found.userId, found.record.session_id);
      return 1;
    }
    const userId = valueOf(where, 'userId');
    if (userId === undefined) return unsupported(where);
    const before = await this.find(where);
    await notedCall(() => this.#inbox(userId).endOtherSessions(null));
    await dropLegacy(this.#env, userId);
    return before.length;
  }

  async #byToken(token: string): Promise<{ userId: string; record: SessionRecord } | null> {
    const userId = await this.#userOf(token);
    if (userId === undefined) return null;
    const record = await notedCall(async () => this.#inbox(userId).findSession({ token_hash: await hashOf(token) }));
    return record === null ? null : { userId, record };
  }

  async #userOf(token: string): Promise<string | undefined> {
    return userOfToken(token) ?? notedCall(async () => ownerOfLegacy(this.#env, token, await hashOf(token), Date.now()));
  }

  #inbox(userId: string) {
    return inboxObject(this.#env, userId);
  }
}

const rowOf = (record: SessionRecord, userId: string, token: string): SessionRow => ({
  id: record.session_id,
  userId,
  token,
  createdAt: new Date(record.created_at),
  updatedAt: new Date(record.updated_at),
  expiresAt: new Date(record.expires_at),
  ipAddress: record.ip_address,
  userAgent: record.user_agent,
});

/** Of a condition that this field equals one value. */
function valueOf(where: readonly Where[], field: string): string | undefined {
  const condition = where.find((one) => one.field === field && (one.operator ?? 'eq') === 'eq');
  return typeof condition?.value === 'string' ? condition.value : undefined;
}

/** A new version of better-auth asks what this one did not: better an error than a wrong answer. */
function unsupported(where: readonly Where[]): never {
  throw new Error(`sessions cannot be asked for by ${where.map(({ field }) => field).join(', ')}`);
}
