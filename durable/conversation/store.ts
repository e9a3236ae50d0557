/** All SQL of one conversation. It knows rows and numbers, not frames, members' rights or sockets. */
import { AdmissionStore } from './admission/store.ts';
import { createSchema, migrateExisting } from '../kit/migrate.ts';
import type { Database, SqlValue } from '../kit/database.ts';
import type { RowChange } from './log.ts';
import type { SentTrace } from './recent.ts';
import {
  MIGRATIONS,
  type AdmissionRecord,
  type ConversationRecord,
  type EntryRecord,
  type MemberRecord,
  type OldTextsRecord,
  type ProgressRecord,
} from './schema.ts';

const ENTRY_COLUMNS = [
  'message_id',
  'global_id',
  'sender_id',
  'type',
  'timestamp',
  'countable_total',
  'reply_to',
  'target',
  'changed_by',
  'edited_by',
  'prev_change',
  'edits',
  'deleted',
  'switched_on',
  'mentions',
  'detail',
  'reactions',
  'content',
] as const satisfies readonly (keyof EntryRecord)[];
const COLUMNS = ENTRY_COLUMNS.join(', ');
/** An edit has no text of its own: it is read with the one that its message has now. */
const SERVED_COLUMNS = ENTRY_COLUMNS.map((column) =>
  column === 'content'
    ? `CASE type WHEN 'edit' THEN coalesce((SELECT content FROM messages AS edited WHERE message_id = entry.target), '') ELSE content END AS content`
    : column,
).join(', ');
const INSERT_ENTRY = `INSERT INTO messages (${COLUMNS}) VALUES (${ENTRY_COLUMNS.map(() => '?').join(', ')})`;
const PROGRESS_COLUMNS = [
  'archived_to',
  'archive_failures',
  'archive_retry_at',
  'fanout',
  'receipts',
  'receipts_off',
  'members_projected',
  'members_failures',
  'members_retry_at',
  'set_aside',
  'archive_clearing',
] as const satisfies readonly (keyof ProgressRecord)[];
const INSERT_PROGRESS = `INSERT INTO progress (id, ${PROGRESS_COLUMNS.join(', ')}) VALUES (1, ${PROGRESS_COLUMNS.map(() => '?').join(', ')})`;
const UPDATE_PROGRESS = `UPDATE progress SET ${PROGRESS_COLUMNS.map((column) => `${column} = ?`).join(', ')} WHERE id = 1`;
const MESSAGE_TYPES_SQL = "('text', 'image', 'video', 'audio', 'file', 'encrypted')";

/** Entries that are looked through for one that is not deleted. */
const UNREAD_SEARCHED_MAX = 1_000;

export class ConversationStore {
  readonly #db: Database;
  readonly admission: AdmissionStore;

  constructor(db: Database) {
    this.#db = db;
    this.admission = new AdmissionStore(db);
  }

  /** Brings the schema up to date; false when the conversation was never created. */
  open(): boolean {
    return migrateExisting(this.#db, MIGRATIONS);
  }

  get bytes(): number {
    return this.#db.bytes;
  }

  transaction<T>(work: () => T): T {
    return this.#db.transaction(work);
  }

  create(record: ConversationRecord, members: readonly MemberRecord[], progress: ProgressRecord, pending: AdmissionRecord | null): void {
    this.#db.transaction(() => {
      createSchema(this.#db, MIGRATIONS);
      this.#db.run(
        `INSERT INTO conversation (id, conversation_id, kind, title, avatar_url, epoch, created_at, blocked_by, request, block_versions)
         VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        record.conversation_id,
        record.kind,
        record.title,
        record.avatar_url,
        record.epoch,
        record.created_at,
        record.blocked_by,
        record.request,
        record.block_versions,
      );
      for (const member of members) this.putMember(member);
      this.#db.run(INSERT_PROGRESS, ...PROGRESS_COLUMNS.map((column): SqlValue => progress[column]));
      if (pending !== null) this.admission.put(pending);
    });
  }

  conversation(): ConversationRecord {
    return this.#db.first<ConversationRecord>(
      'SELECT conversation_id, kind, title, avatar_url, epoch, created_at, blocked_by, block_versions, request FROM conversation WHERE id = 1',
    )!;
  }

  describe(title: string | null, avatarUrl: string | null): void {
    this.#db.run('UPDATE conversation SET title = ?, avatar_url = ? WHERE id = 1', title, avatarUrl);
  }

  setEpoch(epoch: string): void {
    this.#db.run('UPDATE conversation SET epoch = ? WHERE id = 1', epoch);
  }

  setRequest(json: string): void {
    this.#db.run('UPDATE conversation SET request = ? WHERE id = 1', json);
  }

  members(): MemberRecord[] {
    return this.#db.all<MemberRecord>('SELECT user_id, role, joined_message_id, seniority FROM members ORDER BY seniority LIMIT 1000');
  }

  putMember(member: MemberRecord): void {
    this.#db.run(
      `INSERT INTO members (user_id, role, joined_message_id, seniority) VALUES (?, ?, ?, ?)
       ON CONFLICT (user_id) DO UPDATE SET role = excluded.role`,
      member.user_id,
      member.role,
      member.joined_message_id,
      member.seniority,
    );
  }

  deleteMember(userId: string): void {
    this.#db.run('DELETE FROM members WHERE user_id = ?', userId);
  }

  progress(): ProgressRecord {
    return this.#db.first<ProgressRecord>(`SELECT ${PROGRESS_COLUMNS.join(', ')} FROM progress WHERE id = 1`)!;
  }

  setProgress(progress: ProgressRecord): void {
    this.#db.run(UPDATE_PROGRESS, ...PROGRESS_COLUMNS.map((column): SqlValue => progress[column]));
  }

  insert(entry: EntryRecord): void {
    this.#db.run(INSERT_ENTRY, ...ENTRY_COLUMNS.map((column): SqlValue => entry[column]));
  }

  change({ message_id, set }: RowChange): void {
    const columns = Object.keys(set) as (keyof typeof set)[];
    const assignments = columns.map((column) => `${column} = ?`).join(', ');
    this.#db.run(`UPDATE messages SET ${assignments} WHERE message_id = ?`, ...columns.map((column) => set[column] ?? null), message_id);
  }

  /** A message was deleted whose edits up to this one kept their texts. */
  putOldTexts({ edit, deleted_by, failures, retry_at }: OldTextsRecord): void {
    this.#db.run(
      `INSERT INTO old_texts (edit, deleted_by, failures, retry_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (edit) DO UPDATE SET failures = excluded.failures, retry_at = excluded.retry_at`,
      edit,
      deleted_by,
      failures,
      retry_at,
    );
  }

  deleteOldTexts(edit: number): void {
    this.#db.run('DELETE FROM old_texts WHERE edit = ?', edit);
  }

  /** The chain that is blanked next. */
  oldTexts(): OldTextsRecord | undefined {
    return this.#db.first<OldTextsRecord>('SELECT edit, deleted_by, failures, retry_at FROM old_texts ORDER BY retry_at, edit LIMIT 1');
  }

  /** The head of the log: its number and the messages up to there. */
  head(): { message_id: number; countable_total: number } {
    return (
      this.#db.first<{ message_id: number; countable_total: number }>(
        'SELECT message_id, countable_total FROM messages ORDER BY message_id DESC LIMIT 1',
      ) ?? { message_id: 0, countable_total: 0 }
    );
  }

  entry(messageId: number): EntryRecord | undefined {
    return this.#db.first<EntryRecord>(`SELECT ${COLUMNS} FROM messages WHERE message_id = ?`, messageId);
  }

  timestampAt(messageId: number): number | null {
    return this.#db.first<{ timestamp: number }>('SELECT timestamp FROM messages WHERE message_id = ?', messageId)?.timestamp ?? null;
  }

  /** Messages up to and with that number; 0 before the first. */
  countableTotalAt(messageId: number): number {
    return (
      this.#db.first<{ countable_total: number }>('SELECT countable_total FROM messages WHERE message_id = ?', messageId)
        ?.countable_total ?? 0
    );
  }

  /** Whose entries lie after one number up to another, oldest first. No text is read. */
  tracesBetween(after: number, upTo: number): Generator<SentTrace, void, undefined> {
    return this.#db.each<SentTrace & Record<string, SqlValue>>(
      `SELECT message_id, global_id, sender_id, type, timestamp, target, switched_on FROM messages
       WHERE message_id > ? AND message_id <= ? ORDER BY message_id`,
      after,
      upTo,
    );
  }

  /** Entries as they are stored after a number, oldest first; read no further than the reader goes. */
  entriesAfter(after: number, limit: number): Generator<EntryRecord, void, undefined> {
    return this.#db.each<EntryRecord>(`SELECT ${COLUMNS} FROM messages WHERE message_id > ? ORDER BY message_id LIMIT ?`, after, limit);
  }

  /** The same as members get them. */
  servedAfter(after: number, limit: number): Generator<EntryRecord, void, undefined> {
    return this.#db.each<EntryRecord>(
      `SELECT ${SERVED_COLUMNS} FROM messages AS entry WHERE message_id > ? ORDER BY message_id LIMIT ?`,
      after,
      limit,
    );
  }

  /** Messages below `before` and not below `from`, newest first, changes left out. */
  messagesDown(before: number, from: number, limit: number, withEvents: boolean): Generator<EntryRecord, void, undefined> {
    return this.#db.each<EntryRecord>(
      `SELECT ${COLUMNS} FROM messages WHERE message_id < ? AND message_id >= ? AND ${shown(withEvents)} ORDER BY message_id DESC LIMIT ?`,
      before,
      from,
      limit,
    );
  }

  /** The newest message of others after what the user has read that is not deleted, near the head. */
  newestUnread(userId: string, read: number, head: number): Pick<EntryRecord, 'message_id' | 'sender_id' | 'timestamp'> | undefined {
    return this.#db.first(
      `SELECT message_id, sender_id, timestamp FROM messages
        WHERE message_id > ? AND deleted = 0 AND sender_id <> ? AND type IN ${MESSAGE_TYPES_SQL} ORDER BY message_id DESC LIMIT 1`,
      Math.max(read, head - UNREAD_SEARCHED_MAX),
      userId,
    );
  }

  /** Messages from `from` on and below `before`, oldest first, changes left out. */
  messagesUp(from: number, before: number, limit: number, withEvents: boolean): Generator<EntryRecord, void, undefined> {
    return this.#db.each<EntryRecord>(
      `SELECT ${COLUMNS} FROM messages WHERE message_id >= ? AND message_id < ? AND ${shown(withEvents)} ORDER BY message_id LIMIT ?`,
      from,
      before,
      limit,
    );
  }

  /** What the inboxes need of the entries after a number: who wrote, who was mentioned. No text is read. */
  digestAfter(after: number, limit: number): DigestRow[] {
    return this.#db.all(
      'SELECT message_id, sender_id, type, timestamp, mentions FROM messages WHERE message_id > ? ORDER BY message_id LIMIT ?',
      after,
      limit,
    );
  }

  /**
   * The newest message, deleted or not, for a line in a list: the first entry at which the running total is
   * that of the head. Behind it may stand any number of changes, so it is looked for by halving, not by scanning.
   */
  lastMessage(): EntryRecord | undefined {
    const { message_id: head, countable_total: total } = this.head();
    if (total === 0) return undefined;
    let [low, high] = [1, head];
    for (let step = 1; high > low; step *= 2) {
      const probe = Math.max(low, high - step);
      if (this.countableTotalAt(probe) < total) {
        low = probe + 1;
        break;
      }
      high = probe;
    }
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.countableTotalAt(middle) < total) low = middle + 1;
      else high = middle;
    }
    return this.entry(high);
  }
}

export type DigestRow = Pick<EntryRecord, 'message_id' | 'sender_id' | 'type' | 'timestamp' | 'mentions'>;
const shown = (withEvents: boolean): string =>
  withEvents ? "type NOT IN ('edit', 'deletion', 'reaction')" : `type IN ${MESSAGE_TYPES_SQL}`;
