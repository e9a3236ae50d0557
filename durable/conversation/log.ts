/**
 * What becomes of a frame that asks for a place in the log: pure, one frame at a time.
 * Checks come in the order of the contract: membership, rate, duplicate, silence, request, meaning; what is
 * above the rate is refused, or recognised as a repeat, without a look at the storage.
 * It knows no storage: a view answers its questions from the state the frame meets, which
 * within a batch includes the entries decided just before.
 */
import type { LogFrame } from '../../protocol/client-frames.ts';
import type { ErrorCode, Refusal } from '../../protocol/errors.ts';
import { DUPLICATE_RANGE_DEFAULT, DUPLICATE_RANGE_MAX, EMOJIS_PER_MESSAGE_MAX } from '../../protocol/limits.ts';
import { isMessageType, type EntryType, type Role } from '../../protocol/message.ts';
import { accept, refuse as no, type Outcome } from '../../protocol/outcome.ts';
import type { Rate } from '../kit/token-bucket.ts';
import { countEdit } from './edits/count.ts';
import { refusalFor, type MessageRequest } from './consent/request.ts';
import type { EntryRecord } from './schema.ts';

/** What is kept of an entry to recognise a repeat of it. */
export interface Trace {
  message_id: number;
  type: EntryType;
  timestamp: number;
  target: number | null;
  switched_on: number | null;
}

export interface LogView {
  readonly head: number;
  readonly countableTotal: number;
  role(userId: string): Role | undefined;
  /** Blocked by the other of a direct conversation. */
  silenced(userId: string): boolean;
  /** Null: nobody has to accept anything. */
  readonly request: MessageRequest | null;
  /** The entry of this sender and id among those after `after`. */
  repeatOf(senderId: string, globalId: string, after: number): Trace | undefined;
  /** The same among those in memory. */
  knownRepeatOf(senderId: string, globalId: string, after: number): Trace | undefined;
  entry(messageId: number): EntryRecord | undefined;
  /** Rate and order: a refusal when the frame has to wait. */
  admit(): Refusal | null;
  /** The conversation has reached its size. */
  full(): boolean;
  readonly editRate: Rate;
}

/** New values of an earlier entry's row. */
export interface RowChange {
  message_id: number;
  set: Partial<Pick<EntryRecord, 'content' | 'changed_by' | 'edited_by' | 'prev_change' | 'edits' | 'deleted' | 'reactions' | 'mentions'>>;
}

/** `oldTexts`: the last of the deleted message's edits that kept their texts, which are to be blanked. */
export type Decision =
  | { kind: 'append'; entry: EntryRecord; changes: RowChange[]; oldTexts?: number }
  | { kind: 'repeat'; message_id: number; timestamp: number }
  | { kind: 'refuse'; refusal: Refusal };

export function decide(view: LogView, senderId: string, frame: LogFrame, now: number): Decision {
  const role = view.role(senderId);
  if (role === undefined) return refuse('not_found', 'no such conversation');

  const wait = view.admit();
  const after = searchFrom(view, frame);
  if (wait !== null) {
    const known = typeof after === 'number' ? view.knownRepeatOf(senderId, frame.global_id, after) : undefined;
    return known === undefined ? { kind: 'refuse', refusal: wait } : repeat(known, frame);
  }
  if (typeof after !== 'number') return after;
  const stored = after < view.head ? view.repeatOf(senderId, frame.global_id, after) : undefined;
  if (stored !== undefined) return repeat(stored, frame);

  if (view.silenced(senderId)) return refuse('forbidden', 'you cannot write to this user');
  if (frame.op !== 'delete' && view.full()) return FULL;
  const unaccepted = refusalFor(view.request, senderId, frame, view.countableTotal);
  if (unaccepted !== null) return { kind: 'refuse', refusal: unaccepted };

  switch (frame.op) {
    case 'send':
      return send(view, senderId, frame, now);
    case 'edit':
      return edit(view, senderId, frame, now);
    case 'delete':
      return remove(view, senderId, role, frame, now);
    case 'react':
      return react(view, senderId, frame, now);
  }
}

const FULL: Decision = {
  kind: 'refuse',
  refusal: no('too_large', 'This conversation is full: it takes no more messages, edits or reactions.', { reason: 'quota' }).refusal,
};

/** A fresh row at the head of the log, for every kind of entry. */
export function nextEntry(
  view: Pick<LogView, 'head' | 'countableTotal'>,
  fields: Pick<EntryRecord, 'global_id' | 'sender_id' | 'type' | 'timestamp'> & Partial<EntryRecord>,
): EntryRecord {
  return {
    message_id: view.head + 1,
    countable_total: view.countableTotal + (isMessageType(fields.type) ? 1 : 0),
    reply_to: null,
    target: null,
    changed_by: null,
    edited_by: null,
    prev_change: null,
    edits: null,
    deleted: 0,
    switched_on: null,
    mentions: null,
    detail: null,
    reactions: null,
    content: '',
    ...fields,
  };
}

/** Emoji → user id → number of the entry that put it there. */
export type Reactions = Record<string, Record<string, number>>;
export const parseReactions = (json: string | null): Reactions => (json === null ? {} : (JSON.parse(json) as Reactions));

function searchFrom(view: LogView, frame: LogFrame): number | Decision {
  const after = frame.after_message_id;
  if (after === undefined) {
    const recent = Math.max(0, view.head - DUPLICATE_RANGE_DEFAULT);
    // The target itself is looked at too: its id is no id for a change of it.
    return frame.op === 'send' ? recent : Math.max(recent, Math.min(frame.target - 1, view.head));
  }
  if (after > view.head) return refuse('stale', 'after_message_id lies beyond the end of the log');
  if (view.head - after > DUPLICATE_RANGE_MAX) return refuse('stale', 'too many entries since after_message_id');
  return after;
}

function repeat(trace: Trace, frame: LogFrame): Decision {
  if (!sameKind(trace, frame)) return refuse('conflict', 'this global_id was used for something else');
  return { kind: 'repeat', message_id: trace.message_id, timestamp: trace.timestamp };
}

const TYPE_OF_OP = { edit: 'edit', delete: 'deletion', react: 'reaction' } as const;

function sameKind(trace: Trace, frame: LogFrame): boolean {
  if (frame.op === 'send') return trace.type === frame.type;
  if (trace.type !== TYPE_OF_OP[frame.op] || trace.target !== frame.target) return false;
  return frame.op !== 'react' || trace.switched_on === Number(frame.on);
}

type FrameOf<Op extends LogFrame['op']> = Extract<LogFrame, { op: Op }>;

function send(view: LogView, senderId: string, frame: FrameOf<'send'>, now: number): Decision {
  if (frame.attachments !== undefined && frame.attachments.length > 0) return refuse('bad_request', 'attachments: no such media');
  if (frame.reply_to !== undefined) {
    const answered = frame.reply_to <= view.head ? view.entry(frame.reply_to) : undefined;
    if (answered === undefined || !isMessageType(answered.type)) return refuse('bad_request', 'reply_to: no such message');
  }
  const mentions = frame.mentions === undefined ? [] : [...new Set(frame.mentions)];
  if (mentions.some((userId) => view.role(userId) === undefined)) return refuse('bad_request', 'mentions: not a member');
  const entry = nextEntry(view, {
    global_id: frame.global_id,
    sender_id: senderId,
    type: frame.type,
    timestamp: now,
    reply_to: frame.reply_to ?? null,
    mentions: mentions.length === 0 ? null : JSON.stringify(mentions),
    content: frame.content,
  });
  return { kind: 'append', entry, changes: [] };
}

function edit(view: LogView, senderId: string, frame: FrameOf<'edit'>, now: number): Decision {
  const found = liveTarget(view, frame.target);
  if (!found.ok) return { kind: 'refuse', refusal: found.refusal };
  const target = found.value;
  if (target.sender_id !== senderId) return refuse('forbidden', 'only the author edits a message');
  const counted = countEdit(target.edits, view.editRate, now);
  if (!counted.ok) return { kind: 'refuse', refusal: counted.refusal };
  const entry = nextEntry(view, {
    global_id: frame.global_id,
    sender_id: senderId,
    type: 'edit',
    timestamp: now,
    target: target.message_id,
  });
  const { message_id } = entry;
  const set = {
    content: frame.content,
    changed_by: message_id,
    edited_by: message_id,
    edits: counted.value,
    prev_change: oldTexts(target),
  };
  return { kind: 'append', entry, changes: [{ message_id: target.message_id, set }] };
}

function remove(view: LogView, senderId: string, role: Role, frame: FrameOf<'delete'>, now: number): Decision {
  const target = findTarget(view, frame.target);
  if (target === undefined) return refuse('not_found', 'no such message');
  if (target.sender_id !== senderId && role === 'member')
    return refuse('forbidden', 'only the author, an admin or an owner deletes a message');
  if (target.deleted === 1) return repeatOfChange(view, target);
  const entry = nextEntry(view, {
    global_id: frame.global_id,
    sender_id: senderId,
    type: 'deletion',
    timestamp: now,
    target: target.message_id,
  });
  const stub = { content: '', mentions: null, reactions: null, deleted: 1, changed_by: entry.message_id };
  const changes: RowChange[] = [{ message_id: target.message_id, set: stub }];
  const old = oldTexts(target);
  return { kind: 'append', entry, changes, ...(old === null ? {} : { oldTexts: old }) };
}

/** The last edit of a message that kept its text: before edits were counted, all did. */
const oldTexts = (target: EntryRecord): number | null => (target.edits === null ? target.edited_by : target.prev_change);

function react(view: LogView, senderId: string, frame: FrameOf<'react'>, now: number): Decision {
  const found = liveTarget(view, frame.target);
  if (!found.ok) return { kind: 'refuse', refusal: found.refusal };
  const target = found.value;
  const reactions = parseReactions(target.reactions);
  const users = Object.hasOwn(reactions, frame.emoji) ? reactions[frame.emoji]! : {};
  const standing = users[senderId];
  if (frame.on === (standing !== undefined)) return repeatOfChange(view, target, standing);
  const entry = nextEntry(view, {
    global_id: frame.global_id,
    sender_id: senderId,
    type: 'reaction',
    timestamp: now,
    target: target.message_id,
    switched_on: Number(frame.on),
    content: frame.emoji,
  });
  if (frame.on) users[senderId] = entry.message_id;
  else delete users[senderId];
  const rest = Object.entries(reactions).filter(([name]) => name !== frame.emoji);
  const kept = Object.keys(users).length === 0 ? rest : inPlace(Object.entries(reactions), frame.emoji, users);
  if (kept.length > EMOJIS_PER_MESSAGE_MAX) return refuse('conflict', `at most ${EMOJIS_PER_MESSAGE_MAX} different emojis on a message`);
  const json = kept.length === 0 ? null : JSON.stringify(Object.fromEntries(kept));
  return {
    kind: 'append',
    entry,
    changes: [{ message_id: target.message_id, set: { reactions: json, changed_by: entry.message_id } }],
  };
}

function inPlace<V>(entries: [string, V][], name: string, value: V): [string, V][] {
  if (!entries.some(([key]) => key === name)) return [...entries, [name, value]];
  return entries.map(([key, old]) => [key, key === name ? value : old]);
}

function findTarget(view: LogView, messageId: number): EntryRecord | undefined {
  const entry = messageId <= view.head ? view.entry(messageId) : undefined;
  return entry !== undefined && isMessageType(entry.type) ? entry : undefined;
}

function liveTarget(view: LogView, messageId: number): Outcome<EntryRecord> {
  const target = findTarget(view, messageId);
  if (target === undefined) return no('not_found', 'no such message');
  return target.deleted === 1 ? no('gone', 'the message was deleted') : accept(target);
}

/** A change that changes nothing answers the number of the one that did. */
function repeatOfChange(view: LogView, target: EntryRecord, number: number | null = target.changed_by): Decision {
  const existing = number === null ? target : (view.entry(number) ?? target);
  return { kind: 'repeat', message_id: existing.message_id, timestamp: existing.timestamp };
}

function refuse(code: ErrorCode, detail: string): Decision & { kind: 'refuse' } {
  return { kind: 'refuse', refusal: no(code, detail).refusal };
}
