/**
 * How large the table of conversations is, read once a wake and kept up to date, and the indexes that
 * follow from it. A row written costs as much as a thousand rows read, so a small inbox has no index
 * and is scanned. One with more rows than a scan may read has them all, made with the write that makes
 * it large (or at a wake, where that was before there were any); then nothing reads more than it answers.
 */
import type { Database } from '../../kit/database.ts';

/** A scan reads at most so many rows. */
export const SCANNED_ROWS_MAX = 1_000;
/** What asks for the newest rows of some kind looks among so many that moved last, however many there are. */
export const NEWEST_ROWS_MAX = 1_000;

const INDEXES = [
  // With the role, tombstones are passed over without reading them.
  'CREATE INDEX IF NOT EXISTS conversations_by_version ON conversations (version, role)',
  'CREATE INDEX IF NOT EXISTS conversations_by_activity ON conversations (activity, role)',
  'CREATE INDEX IF NOT EXISTS conversations_at_least ON conversations (activity) WHERE at_least = 1',
  // The last one made: where it is, all are.
  'CREATE INDEX IF NOT EXISTS conversation_tombstones ON conversations (updated_at) WHERE role IS NULL',
] as const;
const ARE_THERE = "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = 'conversation_tombstones'";
const BY_SCAN = `SELECT max(version) AS version, count(*) AS rows, min(CASE WHEN role IS NULL THEN updated_at END) AS oldest_tombstone
  FROM conversations`;
const BY_INDEX = `SELECT (SELECT max(version) FROM conversations) AS version, NULL AS rows,
  (SELECT min(updated_at) FROM conversations WHERE role IS NULL) AS oldest_tombstone`;
const COLLECTED_TO = 'SELECT collected_to FROM tombstones_collected WHERE id = 1';

export class Extent {
  readonly #db: Database;
  /** Null: it has indexes, and nobody counts. */
  #rows: number | null = null;
  #collectedTo: number;
  /** The highest version given out before this wake. */
  readonly version: number;
  /** When the oldest tombstone was made, or earlier; null: there is none. */
  oldestTombstone: number | null = null;

  /** Of a table that exists. */
  constructor(db: Database) {
    this.#db = db;
    this.#collectedTo = db.first<{ collected_to: number }>(COLLECTED_TO)?.collected_to ?? 0;
    // The highest version may have been a tombstone's.
    this.version = Math.max(this.#look(db.first(ARE_THERE) === undefined ? BY_SCAN : BY_INDEX), this.#collectedTo);
    this.#indexIfLarge();
  }

  /** Versions up to here may have been those of tombstones that are no more: nobody can be told what happened before. */
  get collectedTo(): number {
    return this.#collectedTo;
  }

  /** After a row was written. */
  put(isNew: boolean, removedAt: number | null): void {
    if (removedAt !== null) this.oldestTombstone = Math.min(removedAt, this.oldestTombstone ?? Infinity);
    if (this.#rows !== null && isNew) this.#rows += 1;
    this.#indexIfLarge();
  }

  /** After tombstones were deleted, in the same transaction; also when none was found. */
  collected(upTo: number): void {
    if (upTo > this.#collectedTo) {
      this.#db.run(
        'INSERT INTO tombstones_collected (id, collected_to) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET collected_to = excluded.collected_to',
        upTo,
      );
      this.#collectedTo = upTo;
    }
    this.#look(this.#rows === null ? BY_INDEX : BY_SCAN);
  }

  #indexIfLarge(): void {
    if (this.#rows === null || this.#rows <= SCANNED_ROWS_MAX) return;
    this.#db.transaction(() => INDEXES.forEach((index) => this.#db.run(index)));
    this.#rows = null;
  }

  #look(query: string): number {
    const found = this.#db.first<{ version: number | null; rows: number | null; oldest_tombstone: number | null }>(query)!;
    this.#rows = found.rows;
    this.oldestTombstone = found.oldest_tombstone;
    return found.version ?? 0;
  }
}
