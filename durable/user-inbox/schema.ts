/**
 * The tables of one user's own object. A removal leaves a tombstone (`role` NULL) for 90 days.
 * `conversations` has no index while it is small: conversations/extent.ts.
 */
import type { ConversationKind } from '../../protocol/conversations.ts';
import type { Platform } from '../../protocol/devices.ts';
import type { Role } from '../../protocol/message.ts';
import type { Migrations } from '../kit/migrate.ts';
import type { ConsentState } from './api.ts';

export const MIGRATIONS: Migrations = [
  [
    `CREATE TABLE conversations (
      conversation_id TEXT NOT NULL PRIMARY KEY,
      kind TEXT NOT NULL,
      role TEXT,
      title TEXT,
      avatar_url TEXT,
      members TEXT NOT NULL,
      last_message_id INTEGER NOT NULL,
      last_message TEXT,
      countable_total INTEGER NOT NULL,
      read_message_id INTEGER NOT NULL,
      read_total INTEGER NOT NULL,
      mentioned_in TEXT NOT NULL,
      muted_until INTEGER,
      pinned INTEGER NOT NULL,
      archived INTEGER NOT NULL,
      marked_unread INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      activity INTEGER NOT NULL,
      version INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE tickets (
      ticket TEXT NOT NULL PRIMARY KEY,
      session_id TEXT NOT NULL,
      session_expires_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE endings (
      session_id TEXT NOT NULL PRIMARY KEY,
      walked_to INTEGER NOT NULL,
      failures INTEGER NOT NULL,
      retry_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
  [
    'ALTER TABLE endings ADD COLUMN down_to INTEGER NOT NULL DEFAULT 0',
    'ALTER TABLE endings ADD COLUMN began_at INTEGER NOT NULL DEFAULT 0',
  ],
  [
    // Rows of before may hold less than the conversation knows: the next device that comes asks once.
    'ALTER TABLE conversations ADD COLUMN at_least INTEGER NOT NULL DEFAULT 1',
    "ALTER TABLE conversations ADD COLUMN pushes TEXT NOT NULL DEFAULT '[]'",
    'ALTER TABLE conversations ADD COLUMN pushed_to INTEGER NOT NULL DEFAULT 0',
    'ALTER TABLE conversations ADD COLUMN draft_at INTEGER NOT NULL DEFAULT 0',
    'ALTER TABLE conversations ADD COLUMN draft TEXT',
    `CREATE TABLE devices (
      device_id TEXT NOT NULL PRIMARY KEY,
      name TEXT,
      platform TEXT,
      session_id TEXT,
      created_at INTEGER NOT NULL,
      last_used_at INTEGER NOT NULL,
      push TEXT
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE presence (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      last_seen INTEGER,
      told TEXT,
      leaving_at INTEGER,
      watchers TEXT
    ) STRICT`,
    `CREATE TABLE privacy (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      read_receipts INTEGER NOT NULL,
      last_seen TEXT NOT NULL
    ) STRICT`,
    `CREATE TABLE walks (
      task TEXT NOT NULL PRIMARY KEY,
      walked_to INTEGER NOT NULL,
      down_to INTEGER NOT NULL,
      began_at INTEGER NOT NULL,
      failures INTEGER NOT NULL,
      retry_at INTEGER NOT NULL,
      missed TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `INSERT INTO walks (task, walked_to, down_to, began_at, failures, retry_at, missed)
      SELECT 'end ' || session_id, walked_to, down_to, began_at, failures, retry_at, '[]' FROM endings`,
    'DROP TABLE endings',
  ],
  [
    // Those whom the user blocks, for presence while D1 cannot be asked.
    'CREATE TABLE blocked (user_id TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID',
  ],
  ['ALTER TABLE conversations ADD COLUMN draft_received_at INTEGER NOT NULL DEFAULT 0'],
  [
    // Null: what the policy says.
    'ALTER TABLE privacy ADD COLUMN messages TEXT',
    'ALTER TABLE privacy ADD COLUMN groups TEXT',
    'ALTER TABLE privacy ADD COLUMN search TEXT',
  ],
  [
    'ALTER TABLE devices ADD COLUMN session_expires_at INTEGER',
    // The token bucket of new devices: their rows do not tell, since those that were dropped are gone.
    `CREATE TABLE device_registrations (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      tokens REAL NOT NULL,
      at INTEGER NOT NULL
    ) STRICT`,
  ],
  [
    // One row once tombstones have been collected: versions up to here were given out, and what was removed before is forgotten.
    'CREATE TABLE tombstones_collected (id INTEGER PRIMARY KEY CHECK (id = 1), collected_to INTEGER NOT NULL) STRICT',
  ],
  [
    "ALTER TABLE conversations ADD COLUMN state TEXT NOT NULL DEFAULT 'active'",
    'ALTER TABLE conversations ADD COLUMN consent_at INTEGER NOT NULL DEFAULT 0',
    'ALTER TABLE conversations ADD COLUMN invitation TEXT',
    // Only what waits for an answer is in it: no other row costs a second one.
    `CREATE INDEX unanswered ON conversations (state) WHERE state IN ('request', 'invited')`,
  ],
  // Of rows from before: older than any.
  ["ALTER TABLE conversations ADD COLUMN epoch TEXT NOT NULL DEFAULT ''"],
  [
    // Contacts and blocks: the truth of them. `reach` says whether D1's rows of before are in it yet.
    `CREATE TABLE relations (
      user_id TEXT NOT NULL PRIMARY KEY,
      contact INTEGER NOT NULL,
      blocked INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    'INSERT INTO relations (user_id, contact, blocked) SELECT user_id, 0, 1 FROM blocked',
    'DROP TABLE blocked',
    `CREATE TABLE reach (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      version INTEGER NOT NULL
    ) STRICT`,
    // Changes of a relation that somebody still has to be told.
    `CREATE TABLE relation_tasks (
      user_id TEXT NOT NULL PRIMARY KEY,
      tell INTEGER NOT NULL,
      version INTEGER NOT NULL,
      failures INTEGER NOT NULL,
      retry_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE quotas (
      name TEXT NOT NULL PRIMARY KEY,
      tokens REAL NOT NULL,
      at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
  [
    `CREATE TABLE sessions (
      session_id TEXT NOT NULL PRIMARY KEY,
      token_hash TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      ip_address TEXT,
      user_agent TEXT,
      has_sockets INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    // Those of JWTs: there is no row of theirs that could go.
    `CREATE TABLE ended_sessions (
      session_id TEXT NOT NULL PRIMARY KEY,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    'CREATE TABLE legacy_sessions (session_id TEXT NOT NULL PRIMARY KEY, ended_at INTEGER) STRICT, WITHOUT ROWID',
    'CREATE TABLE used_tickets (nonce TEXT NOT NULL PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID',
    // `tickets` is not used any more; code that is taken back would still ask for it, so it goes with the next release.
    // The name and picture of a user whom an embedding application brought, as D1 has them.
    'CREATE TABLE foreign_profile (id INTEGER PRIMARY KEY CHECK (id = 1), profile TEXT NOT NULL) STRICT',
  ],
];

export type InboxRecord = {
  conversation_id: string;
  kind: ConversationKind;
  /** Null: a tombstone. */
  role: Role | null;
  title: string | null;
  avatar_url: string | null;
  /** JSON array of user ids. */
  members: string;
  last_message_id: number;
  /** JSON of a `LastMessage`. */
  last_message: string | null;
  countable_total: number;
  read_message_id: number;
  /** The countable total at `read_message_id`: unread is the difference. */
  read_total: number;
  /** JSON array of the numbers above `read_message_id` that mention the user. */
  mentioned_in: string;
  muted_until: number | null;
  pinned: number;
  archived: number;
  marked_unread: number;
  updated_at: number;
  /** The version of the last change that was news in the conversation: the order of the list. */
  activity: number;
  version: number;
  /** 1: there may be more in the conversation than was told; it is asked when a device comes. */
  at_least: number;
  /** JSON array of the last three decisions about notifications (`PushDecision`). */
  pushes: string;
  /** The highest message a notification was sent for. */
  pushed_to: number;
  /** When the draft was edited, cleared ones too: an older edit changes nothing. */
  draft_at: number;
  /** When it came, by our clock: one's own later message has sent it. */
  draft_received_at: number;
  draft: string | null;
  /** Of a tombstone: active. */
  state: ConsentState;
  /** When `state` came about. */
  consent_at: number;
  /** JSON of an `Invitation`, while one is invited. */
  invitation: string | null;
  /** Of the log that the row speaks of. */
  epoch: string;
};

export type DeviceRecord = {
  device_id: string;
  name: string | null;
  platform: Platform | null;
  /** The session that last used it; null once that has ended. */
  session_id: string | null;
  /** When that ends, as of the last use; null for one of an embedding application, whose devices outlive it. */
  session_expires_at: number | null;
  created_at: number;
  /** Rewritten at most hourly. */
  last_used_at: number;
  /** JSON of a `PushAddress`. */
  push: string | null;
};

/** Something that every conversation of the user must be told, newest first. */
export type SweepRecord = {
  task: string;
  /** Conversations with an `activity` from here on are done. */
  walked_to: number;
  /** This round ends here: those with a lower `activity` were done in the round before. */
  down_to: number;
  /** The newest `activity` when this round began: what is above it by its end has moved meanwhile. */
  began_at: number;
  /** -1: nothing was tried yet, and `missed` comes before all others. */
  failures: number;
  retry_at: number;
  /** JSON array of the conversations that failed and are tried again when all others are done. */
  missed: string;
};
