/** D1 as a conversation sees it, with the real SQL. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { EntryRecord } from '../../../durable/conversation/schema.ts';
import { archiveMessages, type ArchiveRow } from '../../../store/archive.ts';
import { projectMembers } from '../../../store/members.ts';
import { unreliable, type Weather } from './weather.ts';

export class SimulatedArchive {
  readonly #db = new DatabaseSync(':memory:');
  readonly #weather: Weather;

  constructor(weather: Weather) {
    this.#weather = weather;
    for (const name of ['0002_archive', '0003_members']) {
      this.#db.exec(readFileSync(join(import.meta.dirname, `../../../migrations/${name}.sql`), 'utf8'));
    }
  }

  store(conversationId: string, rows: readonly EntryRecord[]): Promise<void> {
    const copy = structuredClone(rows) as EntryRecord[];
    return unreliable(this.#weather, () => void archiveMessages(this.#shard(), conversationId, copy));
  }

  projectMembers(conversationId: string, version: number, userIds: readonly string[]): Promise<void> {
    return unreliable(this.#weather, () => void projectMembers(this.#shard(), conversationId, version, userIds));
  }

  /** By user, as a look-up finds them. */
  members(): string[] {
    return (this.#db.prepare('SELECT user_id FROM conversation_members ORDER BY user_id').all() as { user_id: string }[]).map(
      ({ user_id }) => user_id,
    );
  }

  rows(): ArchiveRow[] {
    return this.#db.prepare('SELECT * FROM messages ORDER BY message_id').all() as unknown as ArchiveRow[];
  }

  get size(): number {
    return (this.#db.prepare('SELECT count(*) AS size FROM messages').get() as { size: number }).size;
  }

  close(): void {
    this.#db.close();
  }

  /** As much of D1 as the archive uses; statements run when they are asked to, in one transaction. */
  #shard(): D1Database {
    const run = ({ sql, values }: Bound) => this.#db.prepare(sql).run(...values);
    const prepare = (sql: string) => ({ bind: (...values: SQLInputValue[]): Bound => ({ sql, values }) });
    const batch = (statements: Bound[]) => {
      this.#db.exec('BEGIN');
      statements.forEach(run);
      this.#db.exec('COMMIT');
      return Promise.resolve([]);
    };
    return { prepare, batch } as unknown as D1Database;
  }
}

interface Bound {
  sql: string;
  values: SQLInputValue[];
}
