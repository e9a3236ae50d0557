/**
 * The tables of one conversation and the shapes of their rows.
 * `messages` has no index but its number: a plain message is one row written. `content` stands
 * behind the columns that are scanned, so that a scan reads no text; an edit has none of its own.
 * `old_texts`: chains of edits from before that, whose message was deleted, as far as they are blanked. `progress` is one row: how far
 * the sinks and the members have got, written once per drain.
 */
import type { Migrations } from '../kit/migrate.ts';
import type { Role, EntryType } from '../../protocol/message.ts';
import type { ConversationKind } from '../../protocol/conversations.ts';

export const MIGRATIONS: Migrations = [
  [
    `CREATE TABLE conversation (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      conversation_id TEXT NOT NULL,
      kind TEXT NOT NULL,
      title TEXT,
      avatar_url TEXT,
      epoch TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      blocked_by TEXT NOT NULL
    ) STRICT`,
    `CREATE TABLE members (
      user_id TEXT NOT NULL PRIMARY KEY,
      role TEXT NOT NULL,
      joined_message_id INTEGER NOT NULL,
      seniority INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE messages (
      message_id INTEGER PRIMARY KEY,
      global_id TEXT NOT NULL,
      sender_id TEXT NOT NULL,
      type TEXT NOT NULL,
      timestamp INTEGER NOT NULL,
      countable_total INTEGER NOT NULL,
      reply_to INTEGER,
      target INTEGER,
      changed_by INTEGER,
      edited_by INTEGER,
      prev_change INTEGER,
      deleted INTEGER NOT NULL DEFAULT 0,
      switched_on INTEGER,
      mentions TEXT,
      detail TEXT,
      reactions TEXT,
      content TEXT NOT NULL
    ) STRICT`,
    `CREATE TABLE progress (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      archived_to INTEGER NOT NULL,
      archive_failures INTEGER NOT NULL,
      archive_retry_at INTEGER NOT NULL,
      fanout TEXT NOT NULL,
      receipts TEXT NOT NULL
    ) STRICT`,
  ],
  [
    "ALTER TABLE progress ADD COLUMN receipts_off TEXT NOT NULL DEFAULT '[]'",
    'ALTER TABLE progress ADD COLUMN members_projected INTEGER NOT NULL DEFAULT -1',
    'ALTER TABLE progress ADD COLUMN members_failures INTEGER NOT NULL DEFAULT 0',
    'ALTER TABLE progress ADD COLUMN members_retry_at INTEGER NOT NULL DEFAULT 0',
  ],
  [
    'ALTER TABLE messages ADD COLUMN edits TEXT',
    `CREATE TABLE old_texts (
      edit INTEGER PRIMARY KEY,
      deleted_by INTEGER NOT NULL,
      failures INTEGER NOT NULL,
      retry_at INTEGER NOT NULL
    ) STRICT`,
  ],
  ['ALTER TABLE conversation ADD COLUMN request TEXT'],
  ["ALTER TABLE progress ADD COLUMN set_aside TEXT NOT NULL DEFAULT '[]'"],
  ['ALTER TABLE progress ADD COLUMN archive_clearing INTEGER NOT NULL DEFAULT 0'],
  [
    "ALTER TABLE conversation ADD COLUMN block_versions TEXT NOT NULL DEFAULT '{}'",
    // One row, once there is something in it: who is to come in and has not, and who has left.
    `CREATE TABLE admission (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      pending TEXT NOT NULL,
      gone TEXT NOT NULL
    ) STRICT`,
  ],
];

export type ConversationRecord = {
  conversation_id: string;
  kind: ConversationKind;
  title: string | null;
  avatar_url: string | null;
  epoch: string;
  created_at: number;
  /** JSON array of the user ids whose block silences the other of a direct conversation. */
  blocked_by: string;
  /** JSON of a `MessageRequest`; null: nobody ever had to accept. */
  request: string | null;
  /** JSON object: user id → version of that user's blocks as last heard. */
  block_versions: string;
};

export type MemberRecord = {
  user_id: string;
  role: Role;
  joined_message_id: number;
  /** Order of joining, for succession: the lowest is the oldest. */
  seniority: number;
};

export type EntryRecord = {
  message_id: number;
  global_id: string;
  sender_id: string;
  type: EntryType;
  timestamp: number;
  /** Messages (not changes) up to and with this entry. */
  countable_total: number;
  reply_to: number | null;
  target: number | null;
  /** A target's last change, edit or other. */
  changed_by: number | null;
  /** A target's last edit. */
  edited_by: number | null;
  /**
   * Edits used to keep their texts, chained by this: at such an edit the one before it of the same target, at a target that
   * was edited again since, the last of them.
   */
  prev_change: number | null;
  /** How often a message was edited, and what is left of its rate: JSON. Null: not since edits are counted. */
  edits: string | null;
  deleted: number;
  /** Reactions: 1 put on, 0 taken off. */
  switched_on: number | null;
  /** JSON array of user ids. */
  mentions: string | null;
  /** JSON of a membership or conversation change. */
  detail: string | null;
  /** JSON object: emoji → user ids in the order of their coming. */
  reactions: string | null;
  content: string;
};

/** A chain of edits that kept their texts. */
export type OldTextsRecord = {
  /** The next to be blanked. */
  edit: number;
  /** The deletion of their message. */
  deleted_by: number;
  failures: number;
  retry_at: number;
};

export type AdmissionRecord = {
  /** JSON array of `Pending`. */
  pending: string;
  /** JSON array of the user ids that left by themselves, the latest last. */
  gone: string;
};

export type ProgressRecord = {
  archived_to: number;
  archive_failures: number;
  archive_retry_at: number;
  /** JSON object: user id → mark. */
  fanout: string;
  /** JSON object: user id → delivered and read. */
  receipts: string;
  /** JSON array of the user ids that have turned read receipts off. */
  receipts_off: string;
  /** The head of the log when D1 was last told who the members are; -1: unknown, or they have changed since. */
  members_projected: number;
  members_failures: number;
  members_retry_at: number;
  /** JSON array of the last entries that could not be told or archived and are skipped. */
  set_aside: string;
  /** 1: the log was restored, and the archive is emptied of what it was before it is written again. */
  archive_clearing: number;
};
