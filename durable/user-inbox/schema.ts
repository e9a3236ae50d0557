/**
 * The tables of one user's own object. `conversations` is small and read by scanning, so it
 * has no index; a removal leaves a tombstone (`role` NULL), so that versions never come twice.
 */
import type { ConversationKind } from '../../protocol/conversations.ts';
import type { Role } from '../../protocol/message.ts';
import type { Migrations } from '../kit/migrate.ts';

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
};

export type TicketRecord = {
  session_id: string;
  session_expires_at: number;
  expires_at: number;
};

/** A session that has ended and whose sockets are being closed, conversation by conversation, newest first. */
export type EndingRecord = {
  session_id: string;
  /** Conversations with an `activity` from here on are done. */
  walked_to: number;
  /** This round ends here: those with a lower `activity` were done in the round before. */
  down_to: number;
  /** The newest `activity` when this round began: what is above it by its end has moved meanwhile. */
  began_at: number;
  failures: number;
  retry_at: number;
};
