/** All SQL of one user's object. An object that was never written has no tables and answers empty. */
import type { PrivacyChoice } from '../../protocol/reach.ts';
import type { Database, SqlValue } from '../kit/database.ts';
import { Tables } from '../kit/migrate.ts';
import { MIGRATIONS, type InboxRecord, type TicketRecord } from './schema.ts';

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
  'at_least',
  'pushes',
  'pushed_to',
  'draft_at',
  'draft_received_at',
  'draft',
] as const satisfies readonly (keyof InboxRecord)[];
const LIST = COLUMNS.join(', ');
const PUT = `INSERT INTO conversations (${LIST}) VALUES (${COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (conversation_id) DO UPDATE SET ${COLUMNS.slice(1)
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`;

export class InboxStore {
  readonly #db: Database;
  readonly #tables: Tables;

  constructor(db: Database, tables: Tables = new Tables(db, MIGRATIONS)) {
    this.#db = db;
    this.#tables = tables;
  }

  transaction<T>(work: () => T): T {
    return this.#db.transaction(work);
  }

  /** The highest version given out; 0 when none was. */
  version(): number {
    if (!this.#tables.exist) return 0;
    return this.#db.first<{ version: number | null }>('SELECT max(version) AS version FROM conversations')?.version ?? 0;
  }

  conversation(conversationId: string): InboxRecord | undefined {
    if (!this.#tables.exist) return undefined;
    return this.#db.first<InboxRecord>(`SELECT ${LIST} FROM conversations WHERE conversation_id = ?`, conversationId);
  }

  putConversation(record: InboxRecord): void {
    this.#tables.create();
    this.#db.run(PUT, ...COLUMNS.map((column): SqlValue => record[column]));
  }

  /** Rows of conversations the user is a member of, newest first. */
  memberRowsBelow(activity: number, limit: number): InboxRecord[] {
    if (!this.#tables.exist) return [];
    return this.#db.all<InboxRecord>(
      `SELECT ${LIST} FROM conversations WHERE activity < ? AND role IS NOT NULL ORDER BY activity DESC LIMIT ?`,
      activity,
      limit,
    );
  }

  /** Rows with a version between two, newest first; tombstones too, unless `membersOnly`. */
  changesBetween(above: number, below: number, limit: number, membersOnly: boolean): InboxRecord[] {
    if (!this.#tables.exist) return [];
    return this.#db.all<InboxRecord>(
      `SELECT ${LIST} FROM conversations WHERE version > ? AND version < ? AND (role IS NOT NULL OR NOT ?)
       ORDER BY version DESC LIMIT ?`,
      above,
      below,
      Number(membersOnly),
      limit,
    );
  }

  /** Conversations that may hold more than was told, newest first. */
  atLeast(limit: number): string[] {
    if (!this.#tables.exist) return [];
    return this.#db
      .all<{ conversation_id: string }>(
        'SELECT conversation_id FROM conversations WHERE at_least = 1 ORDER BY activity DESC LIMIT ?',
        limit,
      )
      .map(({ conversation_id }) => conversation_id);
  }

  /** Moves no version: no device is told of it. */
  setAtLeast(conversationId: string, atLeast: boolean): void {
    this.#db.run('UPDATE conversations SET at_least = ? WHERE conversation_id = ?', Number(atLeast), conversationId);
  }

  /** Rows of the conversations that moved last, of those the user is a member of. */
  newestMemberRows(limit: number): Pick<InboxRecord, 'kind' | 'members'>[] {
    if (!this.#tables.exist) return [];
    return this.#db.all<Pick<InboxRecord, 'kind' | 'members'>>(
      'SELECT kind, members FROM conversations WHERE role IS NOT NULL ORDER BY activity DESC LIMIT ?',
      limit,
    );
  }

  /** Conversations with something unread that moved since then. */
  unreadSince(at: number): Pick<InboxRecord, 'conversation_id' | 'updated_at'>[] {
    if (!this.#tables.exist) return [];
    return this.#db.all<Pick<InboxRecord, 'conversation_id' | 'updated_at'>>(
      `SELECT conversation_id, updated_at FROM conversations
        WHERE updated_at >= ? AND role IS NOT NULL AND countable_total > read_total`,
      at,
    );
  }

  putTicket(ticket: string, record: TicketRecord, now: number): void {
    this.#tables.create();
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
    if (!this.#tables.exist) return undefined;
    return this.#db.first<TicketRecord>(
      'DELETE FROM tickets WHERE ticket = ? RETURNING session_id, session_expires_at, expires_at',
      ticket,
    );
  }

  dropTicketsOf(sessionId: string): void {
    if (this.#tables.exist) this.#db.run('DELETE FROM tickets WHERE session_id = ?', sessionId);
  }

  /** Undefined: never told, so as it is for everybody at first. */
  privacy(): PrivacyChoice | undefined {
    if (!this.#tables.exist) return undefined;
    const row = this.#db.first<Omit<PrivacyChoice, 'read_receipts'> & { read_receipts: number }>(
      'SELECT read_receipts, last_seen, messages, groups, search FROM privacy WHERE id = 1',
    );
    return row === undefined ? undefined : { ...row, read_receipts: row.read_receipts === 1 };
  }

  putPrivacy({ read_receipts, last_seen, messages, groups, search }: PrivacyChoice): void {
    this.#tables.create();
    this.#db.run(
      `INSERT INTO privacy (id, read_receipts, last_seen, messages, groups, search) VALUES (1, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET read_receipts = excluded.read_receipts, last_seen = excluded.last_seen,
         messages = excluded.messages, groups = excluded.groups, search = excluded.search`,
      Number(read_receipts),
      last_seen,
      messages,
      groups,
      search,
    );
  }
}
