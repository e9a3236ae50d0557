/**
 * One row: what must outlive the last socket. It is as of the last going: while there are sockets,
 * they and their attachments hold the truth. Who never had a device has no row and no table.
 */
import type { PresenceStatus } from '../../protocol/inbox.ts';
import type { Database } from '../kit/database.ts';
import type { Tables } from '../kit/migrate.ts';
import type { Seat } from './presence.ts';

export interface PresenceRecord {
  /** Null: not known. */
  last_seen: number | null;
  told: PresenceStatus;
  /** When the last socket was closed; null when nothing waits for that any more. */
  leaving_at: number | null;
  watchers: Seat[];
}

export class PresenceStore {
  readonly #db: Database;
  readonly #tables: Tables;

  constructor(db: Database, tables: Tables) {
    this.#db = db;
    this.#tables = tables;
  }

  load(): PresenceRecord | undefined {
    if (!this.#tables.exist) return undefined;
    const row = this.#db.first<Row>('SELECT last_seen, told, leaving_at, watchers FROM presence WHERE id = 1');
    if (row === undefined) return undefined;
    return { ...row, told: row.told as PresenceStatus, watchers: JSON.parse(row.watchers) as Seat[] };
  }

  save({ last_seen, told, leaving_at, watchers }: PresenceRecord): void {
    this.#tables.create();
    this.#db.run(
      `INSERT INTO presence (id, last_seen, told, leaving_at, watchers) VALUES (1, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET last_seen = excluded.last_seen, told = excluded.told,
         leaving_at = excluded.leaving_at, watchers = excluded.watchers`,
      last_seen,
      told,
      leaving_at,
      JSON.stringify(watchers),
    );
  }
}

type Row = { last_seen: number | null; told: string; leaving_at: number | null; watchers: string };
