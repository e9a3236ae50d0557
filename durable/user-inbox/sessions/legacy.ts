/**
 * Sessions from when they were kept in D1: each is taken over once, and one that was ended here never
 * comes back, whatever D1 still has. To be deleted with `src/auth/legacy-sessions.ts` one release later,
 * when the last of them has run out, and its table dropped.
 */
import type { Database } from '../../kit/database.ts';
import type { Tables } from '../../kit/migrate.ts';
import type { SessionRecord } from './api.ts';
import type { SessionStore } from './store.ts';

/** Stands for all that were made before. */
const ALL = '*';

export class LegacySessions {
  readonly #db: Database;
  readonly #tables: Tables;
  readonly #sessions: SessionStore;

  constructor(db: Database, tables: Tables, sessions: SessionStore) {
    this.#db = db;
    this.#tables = tables;
    this.#sessions = sessions;
  }

  /** Repeating it changes nothing. @returns whether it is good here */
  take(record: SessionRecord): boolean {
    const endedAt = this.#endedAt(record.session_id);
    if (endedAt !== undefined) return endedAt === null;
    if (record.created_at <= (this.#endedAt(ALL) ?? -1)) return false;
    this.#sessions.transaction(() => {
      this.#sessions.put(record);
      this.#put(record.session_id, null);
    });
    return true;
  }

  /** Of one that is not known here it is remembered too: it may be on its way. */
  ended(sessionId: string, isKnown: boolean, now: number): void {
    if (!isKnown || this.#endedAt(sessionId) !== undefined) this.#put(sessionId, now);
  }

  endedAll(now: number): void {
    this.#put(ALL, now);
  }

  /** Null: taken over and good; undefined: not known. */
  #endedAt(sessionId: string): number | null | undefined {
    if (!this.#tables.exist) return undefined;
    return this.#db.first<{ ended_at: number | null }>('SELECT ended_at FROM legacy_sessions WHERE session_id = ?', sessionId)?.ended_at;
  }

  #put(sessionId: string, endedAt: number | null): void {
    this.#tables.create();
    this.#db.run(
      'INSERT INTO legacy_sessions (session_id, ended_at) VALUES (?, ?) ON CONFLICT (session_id) DO UPDATE SET ended_at = excluded.ended_at',
      sessionId,
      endedAt,
    );
  }
}
