/**
 * What the client keeps on the device: a copy of each log as far as it has been fetched, and the outbox.
 * Owns the interface, the merge rule and the version in memory. Several tabs may share one storage.
 * Invariants: a save is atomic, so the cursor never runs ahead of the data; a message is only replaced
 * by a later state of itself; a cursor only by one that reaches further.
 */
import type { LogFrame } from '../../protocol/client-frames.ts';
import type { Refusal } from '../../protocol/errors.ts';
import type { Message } from '../../protocol/message.ts';
import type { Member, Receipt } from '../../protocol/server-frames.ts';

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

/** `owner` keeps users of one device apart; `id` is the conversation. */
export interface ClientStorage {
  value(key: string): Promise<string | null>;
  setValue(key: string, value: string): Promise<void>;
  timeline(owner: string, id: string): Promise<StoredTimeline | null>;
  saveTimeline(owner: string, id: string, save: TimelineSave): Promise<void>;
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

/** What a start gets to see: the range of the cursor, cut to the newest. `messages` must be ascending. */
export function loaded(cursor: Cursor, messages: Message[], details: Details | null): StoredTimeline {
  const inside = messages.filter(({ message_id }) => message_id >= cursor.first && message_id <= cursor.last);
  const newest = inside.slice(-KEPT_MESSAGES_MAX);
  const first = newest.length < inside.length ? newest[0]!.message_id : cursor.first;
  return { cursor: { ...cursor, first }, messages: newest, details };
}

export const inSendingOrder = (one: QueuedFrame, other: QueuedFrame): number =>
  one.seq - other.seq || (one.frame.global_id < other.frame.global_id ? -1 : 1);

interface Kept {
  cursor?: Cursor;
  messages: Map<number, Message>;
  details: Details | null;
}

/** Forgets everything with the process: for tests, bots and private windows. */
export function memoryStorage(): ClientStorage {
  const values = new Map<string, string>();
  const timelines = new Map<string, Kept>();
  const outboxes = new Map<string, Map<string, QueuedFrame>>();
  const key = (owner: string, id: string) => `${owner}/${id}`;
  return {
    value: async (name) => values.get(name) ?? null,
    setValue: async (name, value) => void values.set(name, value),
    async timeline(owner, id) {
      const kept = timelines.get(key(owner, id));
      if (!kept?.cursor) return null;
      const messages = [...kept.messages.values()].toSorted((one, other) => one.message_id - other.message_id);
      return structuredClone(loaded(kept.cursor, messages, kept.details));
    },
    async saveTimeline(owner, id, save) {
      const kept = save.reset ? undefined : timelines.get(key(owner, id));
      const next: Kept = kept ?? { messages: new Map(), details: null };
      if (isForeign(save.cursor, next.cursor)) return;
      for (const message of save.put) {
        if (isLaterState(message, next.messages.get(message.message_id))) next.messages.set(message.message_id, structuredClone(message));
      }
      if (supersedes(save.cursor, next.cursor)) next.cursor = { ...save.cursor };
      if (save.details) next.details = structuredClone(save.details);
      timelines.set(key(owner, id), next);
    },
    async outbox(owner, id) {
      return structuredClone([...(outboxes.get(key(owner, id))?.values() ?? [])].toSorted(inSendingOrder));
    },
    async putOutbox(owner, id, frames) {
      const box = outboxes.get(key(owner, id)) ?? new Map<string, QueuedFrame>();
      for (const queued of frames) box.set(queued.frame.global_id, structuredClone(queued));
      outboxes.set(key(owner, id), box);
    },
    async removeOutbox(owner, id, globalIds) {
      const box = outboxes.get(key(owner, id));
      for (const globalId of globalIds) box?.delete(globalId);
      if (box?.size === 0) outboxes.delete(key(owner, id));
    },
    async outboxes(owner) {
      return [...outboxes.keys()].filter((name) => name.startsWith(`${owner}/`)).map((name) => name.slice(owner.length + 1));
    },
    async forget() {
      for (const kept of [values, timelines, outboxes]) kept.clear();
    },
    close: async () => {},
  };
}

/** Another tab has seen the log restored (or we have, and it has not): its copy and ours do not mix. */
export const isForeign = (next: Cursor, now: Cursor | undefined): boolean =>
  now !== undefined && now.epoch !== null && next.epoch !== null && now.epoch !== next.epoch;
