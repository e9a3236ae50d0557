/** A D1 of the archive for counting: the part of it that writing uses, over SQLite in memory. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

export interface ArchiveShard {
  shard: D1Database;
  /** What the database takes. */
  bytes(): number;
}

export function archiveShard(tables: string): ArchiveShard {
  const db = new DatabaseSync(':memory:');
  db.exec(tables);
  const prepare = (query: string) => ({
    bind:
      (...values: SQLInputValue[]) =>
      () =>
        void db.prepare(query).run(...values),
  });
  const batch = (statements: (() => void)[]) => Promise.resolve(statements.map((statement) => statement()));
  const size = db.prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()');
  return { shard: { prepare, batch } as unknown as D1Database, bytes: () => Number(size.get()!.bytes) };
}
