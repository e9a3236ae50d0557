/** All SQL of one user's object. An object that was never written has no tables and answers empty. */
import type { PrivacyChoice } from '../../protocol/reach.ts';
import type { Database, SqlRow, SqlValue } from '../kit/database.ts';
import { Tables } from '../kit/migrate.ts';
import { Extent, NEWEST_ROWS_MAX } from './conversations/extent.ts';
import { MIGRATIONS, type InboxRecord } from './schema.ts';

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
  'state',
  'consent_at',
  'invitation',
  'epoch',
] as const satisfies readonly (keyof InboxRecord)[];
const LIST = COLUMNS.join(', ');
const PUT = `INSERT INTO conversations (${LIST}) VALUES (${COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (conversation_id) DO UPDATE SET ${COLUMNS.slice(1)
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`;

const newest = (columns: string): string => `(SELECT ${columns} FROM conversations ORDER BY activity DESC LIMIT ${NEWEST_ROWS_MAX})`;

/** Not a request, nor an invitation. */
const ANSWERED = "state NOT IN ('request', 'invited')";

/** Where a row stands in the order by version or by activity. */
export interface RowKey extends SqlRow {
  conversation_id: string;
  place: number;
  /** A tombstone; in the order of activity also what waits for an answer. */
  removed: number;
}

export class InboxStore {
  readonly #db: Database;
  readonly #tables: Tables;
  #extent: Extent | undefined;

  constructor(db: Database, tables: Tables = new Tables(db, MIGRATIONS)) {
    this.#db = db;
    this.#tables = tables;
  }

  transaction<T>(work: () => T): T {
    return this.#db.transaction(work);
  }

  /** The highest version given out before this wake; 0 when none was. */
  version(): number {
    return this.#known()?.version ?? 0;
  }

  /** A device that knows less than this cannot be told what it must remove. */
  collectedTo(): number {
    return this.#known()?.collectedTo ?? 0;
  }

  #known(): Extent | undefined {
    if (!this.#tables.exist) return undefined;
    return (this.#extent ??= new Extent(this.#db));
  }

  conversation(conversationId: string): InboxRecord | undefined {
    if (!this.#tables.exist) return undefined;
    return this.#db.first<InboxRecord>(`SELECT ${LIST} FROM conversations WHERE conversation_id = ?`, conversationId);
  }

  putConversation(record: InboxRecord, isNew: boolean = this.conversation(record.conversation_id) === undefined): void {
    this.#tables.create();
    const extent = this.#known()!;
    this.#db.run(PUT, ...COLUMNS.map((column): SqlValue => record[column]));
    extent.put(isNew, record.role === null ? record.updated_at : null);
  }

  /** Deletes tombstones of before then, the oldest first. No read and no write while there is none. */
  collectTombstones(before: number, limit: number): void {
    const extent = this.#known();
    if (extent === undefined || extent.oldestTombstone === null || extent.oldestTombstone >= before) return;
    this.#db.transaction(() => {
      const found = this.#db.all<{ conversation_id: string; version: number }>(
        'SELECT conversation_id, version FROM conversations WHERE role IS NULL AND updated_at < ? ORDER BY updated_at LIMIT ?',
        before,
        limit,
      );
      for (const { conversation_id } of found) this.#db.run('DELETE FROM conversations WHERE conversation_id = ?', conversation_id);
      extent.collected(Math.max(0, ...found.map(({ version }) => version)));
    });
  }

  /** Requests or invitations that wait for an answer, newest first. */
  unansweredBelow(state: 'request' | 'invited', activity: number, limit: number): InboxRecord[] {
    if (!this.#tables.exist) return [];
    return this.#db.all<InboxRecord>(
      `SELECT ${LIST} FROM conversations WHERE state IN ('request', 'invited') AND state = ? AND activity < ? ORDER BY activity DESC LIMIT ?`,
      state,
      activity,
      limit,
    );
  }

  /** Invitations that have not expired, counted up to `max`. */
  invitations(now: number, max: number): number {
    if (!this.#tables.exist) return 0;
    return this.#db.first<{ n: number }>(
      `SELECT count(*) AS n FROM (
        SELECT 1 FROM conversations WHERE state IN ('request', 'invited') AND state = 'invited' AND invitation ->> 'expires_at' > ? LIMIT ?
      )`,
      now,
      max,
    )!.n;
  }

  /** How many wait for an answer, counted up to `max`. */
  unanswered(max: number): number {
    if (!this.#tables.exist) return 0;
    return this.#db.first<{ n: number }>(
      "SELECT count(*) AS n FROM (SELECT 1 FROM conversations WHERE state IN ('request', 'invited') LIMIT ?)",
      max,
    )!.n;
  }

  /** Where the rows between two places of an order stand, from its end; tombstones too. */
  keysBetween(order: 'version' | 'activity', above: number, below: number, limit: number): RowKey[] {
    if (!this.#tables.exist) return [];
    return this.#db.all<RowKey>(
      `SELECT conversation_id, ${order} AS place, ${order === 'version' ? 'role IS NULL' : `(role IS NULL OR NOT ${ANSWERED})`} AS removed FROM conversations
        WHERE ${order} > ? AND ${order} < ? ORDER BY ${order} DESC LIMIT ?`,
      above,
      below,
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

  /** Rows of the conversations that moved last, of those whose members have all agreed to it. */
  newestMemberRows(limit: number): Pick<InboxRecord, 'conversation_id' | 'kind' | 'members'>[] {
    if (!this.#tables.exist) return [];
    return this.#db.all<Pick<InboxRecord, 'conversation_id' | 'kind' | 'members'>>(
      `SELECT conversation_id, kind, members FROM ${newest('conversation_id, kind, members, role, state')} WHERE role IS NOT NULL AND state = 'active' LIMIT ?`,
      limit,
    );
  }

  /** Conversations with something unread that moved since then, of those that moved last. */
  unreadSince(at: number): Pick<InboxRecord, 'conversation_id' | 'updated_at'>[] {
    if (!this.#tables.exist) return [];
    return this.#db.all<Pick<InboxRecord, 'conversation_id' | 'updated_at'>>(
      `SELECT conversation_id, updated_at
        FROM ${newest('conversation_id, updated_at, role, state, countable_total, read_total')}
        WHERE updated_at >= ? AND role IS NOT NULL AND ${ANSWERED} AND countable_total > read_total`,
      at,
    );
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
