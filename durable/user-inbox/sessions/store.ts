/**
 * SQL of the user's sessions, those that were ended before their time, and used tickets. The sessions
 * are few and asked for with every request: they are read once. An object that was never written answers empty.
 */
import type { Database } from '../../kit/database.ts';
import type { Tables } from '../../kit/migrate.ts';
import type { SessionRecord } from './api.ts';

const COLUMNS = Object.keys({
  session_id: true,
  token_hash: true,
  created_at: true,
  updated_at: true,
  expires_at: true,
  ip_address: true,
  user_agent: true,
  has_sockets: true,
} satisfies Record<keyof SessionRecord, true>) as (keyof SessionRecord)[];
const LIST = COLUMNS.join(', ');

export class SessionStore {
  readonly #db: Database;
  readonly #tables: Tables;
  /** As they are stored; null: to be read. */
  #records: readonly SessionRecord[] | null = null;
  #profile: string | null | undefined = undefined;

  constructor(db: Database, tables: Tables) {
    this.#db = db;
    this.#tables = tables;
  }

  transaction<T>(work: () => T): T {
    return this.#db.transaction(work);
  }

  all(): readonly SessionRecord[] {
    if (!this.#tables.exist) return [];
    this.#records ??= this.#db.all<SessionRecord>(`SELECT ${LIST} FROM sessions`);
    return this.#records;
  }

  get(sessionId: string): SessionRecord | undefined {
    return this.all().find(({ session_id }) => session_id === sessionId);
  }

  byToken(tokenHash: string): SessionRecord | undefined {
    return this.all().find(({ token_hash }) => token_hash === tokenHash);
  }

  put(record: SessionRecord): void {
    this.#tables.create();
    this.#records = null;
    this.#db.run(
      `INSERT INTO sessions (${LIST}) VALUES (${COLUMNS.map(() => '?').join(', ')})
       ON CONFLICT (session_id) DO UPDATE SET updated_at = excluded.updated_at, expires_at = excluded.expires_at,
         has_sockets = excluded.has_sockets`,
      ...COLUMNS.map((column) => record[column]),
    );
  }

  delete(sessionId: string): void {
    if (!this.#tables.exist) return;
    this.#records = null;
    this.#db.run('DELETE FROM sessions WHERE session_id = ?', sessionId);
  }

  isEnded(sessionId: string): boolean {
    if (!this.#tables.exist) return false;
    return this.#db.first('SELECT 1 FROM ended_sessions WHERE session_id = ?', sessionId) !== undefined;
  }

  /** Those whose own time has run out are forgotten first. @returns how many are left */
  countEnded(now: number): number {
    if (!this.#tables.exist) return 0;
    this.#db.run('DELETE FROM ended_sessions WHERE expires_at <= ?', now);
    return this.#db.first<{ count: number }>('SELECT count(*) AS count FROM ended_sessions')?.count ?? 0;
  }

  putEnded(sessionId: string, expiresAt: number): void {
    this.#tables.create();
    this.#db.run(
      'INSERT INTO ended_sessions (session_id, expires_at) VALUES (?, ?) ON CONFLICT (session_id) DO UPDATE SET expires_at = max(expires_at, excluded.expires_at)',
      sessionId,
      expiresAt,
    );
  }

  isUsed(nonce: string): boolean {
    if (!this.#tables.exist) return false;
    return this.#db.first('SELECT 1 FROM used_tickets WHERE nonce = ?', nonce) !== undefined;
  }

  /** Old ones go: they would be refused anyway. */
  putUsed(nonce: string, expiresAt: number, now: number): void {
    this.#tables.create();
    this.#db.run('DELETE FROM used_tickets WHERE expires_at <= ?', now);
    this.#db.run('INSERT INTO used_tickets (nonce, expires_at) VALUES (?, ?)', nonce, expiresAt);
  }

  /** The hash of the name and picture that D1 has; null: never told. */
  profile(): string | null {
    if (!this.#tables.exist) return null;
    this.#profile ??= this.#db.first<{ profile: string }>('SELECT profile FROM foreign_profile WHERE id = 1')?.profile ?? null;
    return this.#profile;
  }

  putProfile(hash: string): void {
    this.#tables.create();
    this.#profile = hash;
    this.#db.run('INSERT INTO foreign_profile (id, profile) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET profile = excluded.profile', hash);
  }
}
