/** SQL of the sweeps on their way: a row each, written once a chunk. */
import type { Database } from '../../kit/database.ts';
import type { Tables } from '../../kit/migrate.ts';
import type { SweepRecord } from '../schema.ts';

const LIST = 'task, walked_to, down_to, began_at, failures, retry_at, missed';
const ROWS_MAX = 100;

/** A conversation and its place in the order of the sweep. */
export type Stop = { conversation_id: string; activity: number };

export class SweepStore {
  readonly #db: Database;
  readonly #tables: Tables;

  constructor(db: Database, tables: Tables) {
    this.#db = db;
    this.#tables = tables;
  }

  /** Those of an urgent kind come first, then those that are due first. A task begins with its kind. */
  all(urgentKinds: readonly string[]): SweepRecord[] {
    if (!this.#tables.exist) return [];
    return this.#db.all<SweepRecord>(
      `SELECT ${LIST} FROM walks
        ORDER BY EXISTS (SELECT 1 FROM json_each(?) WHERE substr(task, 1, length(value)) = value) DESC, retry_at LIMIT ?`,
      JSON.stringify(urgentKinds),
      ROWS_MAX,
    );
  }

  get(task: string): SweepRecord | undefined {
    if (!this.#tables.exist) return undefined;
    return this.#db.first<SweepRecord>(`SELECT ${LIST} FROM walks WHERE task = ?`, task);
  }

  put(record: SweepRecord): void {
    this.#tables.create();
    this.#db.run(
      `INSERT INTO walks (${LIST}) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (task) DO UPDATE SET walked_to = excluded.walked_to, down_to = excluded.down_to, began_at = excluded.began_at,
         failures = excluded.failures, retry_at = excluded.retry_at, missed = excluded.missed`,
      record.task,
      record.walked_to,
      record.down_to,
      record.began_at,
      record.failures,
      record.retry_at,
      record.missed,
    );
  }

  /** Conversations whose activity lies between two numbers, newest first; those that were left too. */
  stopsBetween(above: number, below: number, limit: number): Stop[] {
    if (!this.#tables.exist) return [];
    return this.#db.all<Stop>(
      'SELECT conversation_id, activity FROM conversations WHERE activity > ? AND activity < ? ORDER BY activity DESC LIMIT ?',
      above,
      below,
      limit,
    );
  }

  /** 0 when there is none. */
  newestActivity(): number {
    if (!this.#tables.exist) return 0;
    return this.#db.first<{ newest: number | null }>('SELECT max(activity) AS newest FROM conversations')?.newest ?? 0;
  }

  delete(task: string): void {
    if (this.#tables.exist) this.#db.run('DELETE FROM walks WHERE task = ?', task);
  }
}
