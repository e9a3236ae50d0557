/** All SQL of one user's object. An object that was never written has no tables and answers empty. */
import type { Database, SqlValue } from '../kit/database.ts';
import { createSchema, migrateExisting } from '../kit/migrate.ts';
import { MIGRATIONS, type EndingRecord, type InboxRecord, type TicketRecord } from './schema.ts';

const COLUMNS = [
  'conversation_id',
  'kind',
  'role',
  'title',
  'avatar_url',
  'members',
  'last_message_id',
  'last_message',
  'countable_total',
  'read_message_id',
  'read_total',
  'mentioned_in',
  'muted_until',
  'pinned',
  'archived',
  'marked_unread',
  'updated_at',
  'activity',
  'version',
] as const satisfies readonly (keyof InboxRecord)[];
const LIST = COLUMNS.join(', ');
const PUT = `INSERT INTO conversations (${LIST}) VALUES (${COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (conversation_id) DO UPDATE SET ${COLUMNS.slice(1)
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`;

export class InboxStore {
  readonly #db: Database;
  #exists: boolean;

  constructor(db: Database) {
    this.#db = db;
    this.#exists = migrateExisting(db, MIGRATIONS);
  }

  transaction<T>(work: () => T): T {
    return this.#db.transaction(work);
  }

  /** The highest version given out; 0 when none was. */
  version(): number {
    if (!this.#exists) return 0;
    return this.#db.first<{ version: number | null }>('SELECT max(version) AS version FROM conversations')?.version ?? 0;
  }

  conversation(conversationId: string): InboxRecord | undefined {
    if (!this.#exists) return undefined;
    return this.#db.first<InboxRecord>(`SELECT ${LIST} FROM conversations WHERE conversation_id = ?`, conversationId);
  }

  putConversation(record: InboxRecord): void {
    this.#create();
    this.#db.run(PUT, ...COLUMNS.map((column): SqlValue => record[column]));
  }

  /** Rows whose activity lies between two numbers, newest first; tombstones too. */
  conversationsBetween(above: number, below: number, limit: number): InboxRecord[] {
    if (!this.#exists) return [];
    return this.#db.all<InboxRecord>(
      `SELECT ${LIST} FROM conversations WHERE activity > ? AND activity < ? ORDER BY activity DESC LIMIT ?`,
      above,
      below,
      limit,
    );
  }

  /** The highest activity; 0 when there is none. */
  newestActivity(): number {
    return this.conversationsBetween(0, Number.MAX_SAFE_INTEGER, 1)[0]?.activity ?? 0;
  }

  /** Rows of conversations the user is a member of, newest first. */
  memberRowsBelow(activity: number, limit: number): InboxRecord[] {
    if (!this.#exists) return [];
    return this.#db.all<InboxRecord>(
      `SELECT ${LIST} FROM conversations WHERE activity < ? AND role IS NOT NULL ORDER BY activity DESC LIMIT ?`,
      activity,
      limit,
    );
  }

  putTicket(ticket: string, record: TicketRecord, now: number): void {
    this.#create();
    this.#db.run('DELETE FROM tickets WHERE expires_at <= ?', now);
    this.#db.run(
      'INSERT INTO tickets (ticket, session_id, session_expires_at, expires_at) VALUES (?, ?, ?, ?)',
      ticket,
      record.session_id,
      record.session_expires_at,
      record.expires_at,
    );
  }

  /** Reads and removes it in one step. */
  takeTicket(ticket: string): TicketRecord | undefined {
    if (!this.#exists) return undefined;
    return this.#db.first<TicketRecord>(
      'DELETE FROM tickets WHERE ticket = ? RETURNING session_id, session_expires_at, expires_at',
      ticket,
    );
  }

  dropTicketsOf(sessionId: string): void {
    if (this.#exists) this.#db.run('DELETE FROM tickets WHERE session_id = ?', sessionId);
  }

  endings(): EndingRecord[] {
    if (!this.#exists) return [];
    return this.#db.all<EndingRecord>(
      'SELECT session_id, walked_to, down_to, began_at, failures, retry_at FROM endings ORDER BY retry_at LIMIT 100',
    );
  }

  putEnding(record: EndingRecord): void {
    this.#create();
    this.#db.run(
      `INSERT INTO endings (session_id, walked_to, down_to, began_at, failures, retry_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (session_id) DO UPDATE SET walked_to = excluded.walked_to, down_to = excluded.down_to,
         began_at = excluded.began_at, failures = excluded.failures, retry_at = excluded.retry_at`,
      record.session_id,
      record.walked_to,
      record.down_to,
      record.began_at,
      record.failures,
      record.retry_at,
    );
  }

  deleteEnding(sessionId: string): void {
    if (this.#exists) this.#db.run('DELETE FROM endings WHERE session_id = ?', sessionId);
  }

  #create(): void {
    if (this.#exists) return;
    this.#db.transaction(() => createSchema(this.#db, MIGRATIONS));
    this.#exists = true;
  }
}
