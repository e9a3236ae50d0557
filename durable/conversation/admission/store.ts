/** Who is waited for, who has left (one row, once there is anybody), and who of a pair blocks the other. */
import type { Database } from '../../kit/database.ts';
import type { AdmissionRecord } from '../schema.ts';

export class AdmissionStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  read(): AdmissionRecord | undefined {
    return this.#db.first<AdmissionRecord>('SELECT pending, gone FROM admission WHERE id = 1');
  }

  put({ pending, gone }: AdmissionRecord): void {
    this.#db.run(
      `INSERT INTO admission (id, pending, gone) VALUES (1, ?, ?)
       ON CONFLICT (id) DO UPDATE SET pending = excluded.pending, gone = excluded.gone`,
      pending,
      gone,
    );
  }
  setBlockedBy(json: string, versions: string): void {
    this.#db.run('UPDATE conversation SET blocked_by = ?, block_versions = ? WHERE id = 1', json, versions);
  }
}
