/**
 * What the client keeps on the device: a copy of each log as far as it has been fetched, the outbox, the rows
 * of the inbox, drafts. Owns the interface and the merge rules. Several tabs may share one storage.
 * Invariants: a save is atomic, so the cursor never runs ahead of the data; a message or a row is only
 * replaced by a later state of itself; a cursor only by one that reaches further.
 */
import type { LogFrame } from '../../protocol/client-frames.ts';
import type { ConversationRow } from '../../protocol/conversations.ts';
import type { Refusal } from '../../protocol/errors.ts';
import type { Message } from '../../protocol/message.ts';
import type { Member, Receipt } from '../../protocol/server-frames.ts';
import { changed, isChange, isShown } from './change.ts';

/** Every number from `first` to `last` is in; an empty range has `last = first - 1`. */
export interface Cursor {
  epoch: string | null;
  first: number;
  last: number;
}

/** What the hello said besides the log, so that an offline start can show it. */
export interface Details {
  members: Member[];
  receipts: Receipt[];
  /** Own read marker. */
  read: number;
}

export interface TimelineSave {
  cursor: Cursor;
  put: Message[];
  details?: Details;
  /** Drops what was kept of this conversation first: the log was restored. */
  reset: boolean;
}

export interface StoredTimeline {
  cursor: Cursor;
  /** Those within the cursor's range, ascending. */
  messages: Message[];
  details: Details | null;
}

/** A frame that waits for its place in the log. */
export interface QueuedFrame {
  /** Sending order, rising; ties are broken by `global_id`. */
  seq: number;
  /** Without `after_message_id` it has never been sent. */
  frame: LogFrame;
  created_at: number;
  /** Set: refused for good, kept for its text. */
  refusal?: Refusal;
}

/** A row of the inbox, and what goes with it on this device. */
export interface KeptRow {
  row: ConversationRow;
  /** Own read marker as far as this device knows it; ahead of the row's until the server has heard of it. */
  read: number;
  /** The cursor's number with which the row came; 0 where the server named none. */
  at: number;
}

export interface InboxSave {
  put: KeptRow[];
  remove: string[];
  /** Left out: the one that is there holds. */
  cursor?: string;
  /** Drops every row first: the inbox was restored. */
  reset: boolean;
}

export interface StoredInbox {
  /** Empty: no list has come to its end yet. */
  cursor: string;
  rows: KeptRow[];
}

/** What was typed and not sent, until the server has it. Empty content: to be cleared there. */
export interface KeptDraft {
  conversation_id: string;
  content: string;
  edited_at: number;
}

/** `owner` keeps users of one device apart; `id` is the conversation. Where nothing can be kept, nothing is there; a write rejects. */
export interface ClientStorage {
  value(key: string): Promise<string | null>;
  setValue(key: string, value: string): Promise<void>;
  timeline(owner: string, id: string): Promise<StoredTimeline | null>;
  saveTimeline(owner: string, id: string, save: TimelineSave): Promise<void>;
  /** Adds log entries that continue the copy; those beyond a gap, and all where there is no copy, are left out. */
  append(owner: string, id: string, entries: Message[]): Promise<void>;
  inbox(owner: string): Promise<StoredInbox>;
  saveInbox(owner: string, save: InboxSave): Promise<void>;
  drafts(owner: string): Promise<KeptDraft[]>;
  putDraft(owner: string, draft: KeptDraft): Promise<void>;
  removeDraft(owner: string, id: string): Promise<void>;
  /** In sending order. */
  outbox(owner: string, id: string): Promise<QueuedFrame[]>;
  putOutbox(owner: string, id: string, frames: QueuedFrame[]): Promise<void>;
  removeOutbox(owner: string, id: string, globalIds: string[]): Promise<void>;
  /** Conversations with an outbox that is not empty. */
  outboxes(owner: string): Promise<string[]>;
  /** Deletes everything, of every owner. Not to be used afterwards. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

/** The newest messages that are loaded at a start; older ones are fetched again when asked for. */
export const KEPT_MESSAGES_MAX = 1_000;

/** Whether a save may replace the cursor that is there. */
export const supersedes = (next: Cursor, now: Cursor | undefined): boolean =>
  now === undefined || next.last > now.last || (next.last === now.last && next.first < now.first);

/** Whether a message is a later state of the one that is there. */
export const isLaterState = (next: Message, now: Message | undefined): boolean =>
  now === undefined || (next.changed_by ?? 0) >= (now.changed_by ?? 0);

/** A row as it is to be kept: the later one, with how far either has been read. Another tab may know of more, or of less. */
export const laterRow = (next: KeptRow, now: KeptRow | undefined): KeptRow =>
  now ? { ...(next.at < now.at ? now : next), read: Math.max(next.read, now.read) } : next;

/** What a start gets to see: the range of the cursor, cut to the newest. `messages` must be ascending. */
export function loaded(cursor: Cursor, messages: Message[], details: Details | null): StoredTimeline {
  const inside = messages.filter(({ message_id }) => message_id >= cursor.first && message_id <= cursor.last);
  const newest = inside.slice(-KEPT_MESSAGES_MAX);
  const first = newest.length < inside.length ? newest[0]!.message_id : cursor.first;
  return { cursor: { ...cursor, first }, messages: newest, details };
}

export const inSendingOrder = (one: QueuedFrame, other: QueuedFrame): number =>
  one.seq - other.seq || (one.frame.global_id < other.frame.global_id ? -1 : 1);

/** Another tab has seen the log restored (or we have, and it has not): its copy and ours do not mix. */
export const isForeign = (next: Cursor, now: Cursor | undefined): boolean =>
  now !== undefined && now.epoch !== null && next.epoch !== null && now.epoch !== next.epoch;

/** The entries that follow on a copy without a gap, ascending. */
export function following(cursor: Cursor, entries: readonly Message[]): Message[] {
  const found: Message[] = [];
  for (const entry of entries) if (entry.message_id === cursor.last + found.length + 1) found.push(entry);
  return found;
}

/** What entries that follow on a copy make of it. `stored`: the messages they change, as they are. */
export function continued(cursor: Cursor, entries: readonly Message[], stored: readonly (Message | undefined)[]): TimelineSave {
  const messages = new Map(stored.flatMap((message) => (message ? [[message.message_id, message]] : [])));
  const touched = new Set<number>();
  for (const entry of entries) {
    const target = isChange(entry) ? messages.get(entry.target) : undefined;
    if (isShown(entry)) messages.set(entry.message_id, entry);
    if (target) messages.set(target.message_id, changed(target, entry));
    touched.add(target?.message_id ?? entry.message_id);
  }
  const put = [...touched].flatMap((number) => messages.get(number) ?? []);
  return { cursor: { ...cursor, last: cursor.last + entries.length }, put, reset: false };
}

/** Numbers of the messages that entries change. */
export const targetsOf = (entries: readonly Message[]): number[] => [...new Set(entries.filter(isChange).map(({ target }) => target))];
