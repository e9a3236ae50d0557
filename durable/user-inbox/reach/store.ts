/** All SQL of contacts, blocks and quotas in a user's own object. One who has none has no rows. */
import type { Database } from '../../kit/database.ts';
import type { Tables } from '../../kit/migrate.ts';
import type { Bucket } from '../../kit/token-bucket.ts';

export interface Relation {
  contact: boolean;
  blocked: boolean;
}

/** Somebody still has to be told: D1 in any case, and with `tell` the conversation of the two and the other's object. */
export interface RelationTask {
  user_id: string;
  tell: boolean;
  /** Of the change. */
  version: number;
  failures: number;
  retry_at: number;
}

const NONE: Relation = { contact: false, blocked: false };

export class ReachStore {
  readonly #db: Database;
  readonly #tables: Tables;

  constructor(db: Database, tables: Tables) {
    this.#db = db;
    this.#tables = tables;
  }

  /** Instant of the last change, never twice the same; 0: what D1 has of before is not here yet. */
  version(): number {
    if (!this.#tables.exist) return 0;
    return this.#db.first<{ version: number }>('SELECT version FROM reach WHERE id = 1')?.version ?? 0;
  }

  of(userId: string): Relation {
    if (!this.#tables.exist) return NONE;
    const row = this.#db.first<{ contact: number; blocked: number }>('SELECT contact, blocked FROM relations WHERE user_id = ?', userId);
    return row === undefined ? NONE : { contact: row.contact === 1, blocked: row.blocked === 1 };
  }

  count(what: keyof Relation): number {
    return this.#db.first<{ count: number }>(`SELECT count(*) AS count FROM relations WHERE ${what} = 1`)!.count;
  }

  /** What D1 has of before, whole and at once. */
  import(contacts: readonly string[], blocked: readonly string[], version: number): void {
    this.#tables.create();
    this.#db.transaction(() => {
      this.#db.run('DELETE FROM relations');
      this.#putAll('contact', contacts);
      this.#putAll('blocked', blocked);
      this.#putVersion(version);
    });
  }

  /** A change, and that it has to be told. */
  put({ contact, blocked }: Relation, task: RelationTask): void {
    const { user_id: userId, version } = task;
    this.#db.transaction(() => {
      if (!contact && !blocked) this.#db.run('DELETE FROM relations WHERE user_id = ?', userId);
      else
        this.#db.run(
          `INSERT INTO relations (user_id, contact, blocked) VALUES (?, ?, ?)
           ON CONFLICT (user_id) DO UPDATE SET contact = excluded.contact, blocked = excluded.blocked`,
          userId,
          Number(contact),
          Number(blocked),
        );
      this.#putVersion(version);
      this.putTask(task);
    });
  }

  task(userId: string): RelationTask | undefined {
    return this.#tasks('WHERE user_id = ?', userId)[0];
  }

  tasksDue(now: number, limit: number): RelationTask[] {
    return this.#tasks('WHERE retry_at <= ? ORDER BY retry_at LIMIT ?', now, limit);
  }

  nextTaskAt(): number | null {
    if (!this.#tables.exist) return null;
    return this.#db.first<{ at: number | null }>('SELECT min(retry_at) AS at FROM relation_tasks')?.at ?? null;
  }

  putTask({ user_id, tell, version, failures, retry_at }: RelationTask): void {
    this.#db.run(
      `INSERT INTO relation_tasks (user_id, tell, version, failures, retry_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (user_id) DO UPDATE SET tell = excluded.tell, version = excluded.version,
         failures = excluded.failures, retry_at = excluded.retry_at`,
      user_id,
      Number(tell),
      version,
      failures,
      retry_at,
    );
  }

  dropTask(userId: string): void {
    this.#db.run('DELETE FROM relation_tasks WHERE user_id = ?', userId);
  }

  bucket(name: string): Bucket | undefined {
    if (!this.#tables.exist) return undefined;
    return this.#db.first<{ tokens: number; at: number }>('SELECT tokens, at FROM quotas WHERE name = ?', name);
  }

  putBuckets(buckets: ReadonlyMap<string, Bucket>): void {
    if (buckets.size === 0) return;
    this.#tables.create();
    for (const [name, { tokens, at }] of buckets) {
      this.#db.run(
        `INSERT INTO quotas (name, tokens, at) VALUES (?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET tokens = excluded.tokens, at = excluded.at`,
        name,
        tokens,
        at,
      );
    }
  }

  #putVersion(version: number): void {
    this.#db.run('INSERT INTO reach (id, version) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version', version);
  }

  #putAll(what: keyof Relation, userIds: readonly string[]): void {
    for (let from = 0; from < userIds.length; from += CHUNK) {
      this.#db.run(
        `INSERT INTO relations (user_id, contact, blocked)
           SELECT value, ${Number(what === 'contact')}, ${Number(what === 'blocked')} FROM json_each(?) WHERE true
         ON CONFLICT (user_id) DO UPDATE SET ${what} = 1`,
        JSON.stringify(userIds.slice(from, from + CHUNK)),
      );
    }
  }

  #tasks(where: string, ...bindings: (string | number)[]): RelationTask[] {
    if (!this.#tables.exist) return [];
    return this.#db
      .all<Omit<RelationTask, 'tell'> & { tell: number }>(
        `SELECT user_id, tell, version, failures, retry_at FROM relation_tasks ${where}`,
        ...bindings,
      )
      .map((row) => ({ ...row, tell: row.tell === 1 }));
  }
}

const CHUNK = 1_000;
