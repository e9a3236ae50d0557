/**
 * A conversation's log as the contract describes it, in memory: numbering, duplicates, changes, pages.
 * Written apart from the client's own rules, so that the two can disagree.
 */
import type { LogFrame } from '../../../protocol/client-frames.ts';
import type { HistoryPage, MessagePage } from '../../../protocol/conversations.ts';
import { HISTORY_SCAN_MAX } from '../../../protocol/limits.ts';
import { isMessageType, type Message } from '../../../protocol/message.ts';
import type { Refusal } from '../../../protocol/errors.ts';
import { accept, refuse, type Outcome } from '../../../protocol/outcome.ts';

export interface Place {
  message_id: number;
  timestamp: number;
  /** Null: it was there before. */
  entry: Message | null;
}

export class FakeLog {
  readonly id: string;
  /** How far back a duplicate is looked for. */
  readonly duplicateRange: number;
  epoch = 'epoch-1';
  /** Entries looked at for one page of history. */
  historyScan = HISTORY_SCAN_MAX;
  #entries: Message[] = [];

  constructor(id: string, duplicateRange = 10_000) {
    this.id = id;
    this.duplicateRange = duplicateRange;
  }

  get head(): number {
    return this.#entries.length;
  }

  /** The log went back to how it was then. */
  restore(head: number, epoch: string): void {
    this.#entries = this.#entries.slice(0, head);
    this.epoch = epoch;
  }

  /** `wait`: asked once the frame is known to be no repeat. */
  submit(senderId: string, frame: LogFrame, now: number, wait: () => Refusal | null): Outcome<Place> {
    const after = frame.after_message_id ?? Math.max(0, this.head - 1_000);
    if (after > this.head) return refuse('stale', 'beyond the end');
    if (this.head - after > this.duplicateRange) return refuse('stale', 'too far back');
    const before = this.#entries.slice(after).find((entry) => entry.sender_id === senderId && entry.global_id === frame.global_id);
    if (before) return accept({ message_id: before.message_id, timestamp: before.timestamp, entry: null });
    const refusal = wait();
    if (refusal) return { ok: false, refusal };

    const fields = { global_id: frame.global_id, sender_id: senderId };
    if (frame.op === 'send') {
      const { type, content, reply_to, mentions } = frame;
      return this.#append({ ...fields, type, content, ...(reply_to && { reply_to }), ...(mentions?.length && { mentions }) }, now);
    }
    const target = this.#entries[frame.target - 1];
    if (!target || !isMessageType(target.type)) return refuse('not_found', 'no such message');
    if (target.deleted && frame.op !== 'delete') return refuse('gone', 'deleted');
    if (frame.op !== 'react' && target.sender_id !== senderId) return refuse('forbidden', 'not yours');
    if (frame.op === 'delete') {
      if (target.deleted) return accept({ message_id: target.changed_by!, timestamp: now, entry: null });
      const { message_id, global_id, conversation_id, sender_id, type, timestamp, edited_by } = target;
      const stub: Message = { message_id, global_id, conversation_id, sender_id, type, content: '', timestamp, deleted: true };
      this.#replace(edited_by === undefined ? stub : { ...stub, edited_by });
      return this.#change({ ...fields, type: 'deletion', content: '', target: frame.target }, now);
    }
    if (frame.op === 'edit') {
      this.#replace({ ...target, content: frame.content, edited_by: this.head + 1 });
      return this.#change({ ...fields, type: 'edit', content: frame.content, target: frame.target }, now);
    }
    const users = new Map((target.reactions ?? []).map(({ emoji, user_ids }) => [emoji, user_ids]));
    const standing = users.get(frame.emoji) ?? [];
    if (standing.includes(senderId) === frame.on)
      return accept({ message_id: target.changed_by ?? target.message_id, timestamp: now, entry: null });
    users.set(frame.emoji, frame.on ? [...standing, senderId] : standing.filter((userId) => userId !== senderId));
    const reactions = [...users]
      .filter(([, user_ids]) => user_ids.length > 0)
      .map(([emoji, user_ids]) => ({ emoji, count: user_ids.length, user_ids }));
    const { reactions: _before, ...bare } = target;
    this.#replace(reactions.length === 0 ? bare : { ...bare, reactions });
    return this.#change({ ...fields, type: 'reaction', content: frame.emoji, target: frame.target, on: frame.on }, now);
  }

  /** An entry that no frame makes: membership, title, or a type of the future. */
  append(entry: Omit<Message, 'message_id' | 'conversation_id' | 'timestamp'>, now: number): Message {
    const stored: Message = { ...entry, message_id: this.head + 1, conversation_id: this.id, timestamp: now };
    this.#entries.push(stored);
    return structuredClone(stored);
  }

  /** Everything in its present state; an edit with its target's text. */
  all(): Message[] {
    const served = (entry: Message): Message =>
      entry.type === 'edit' && entry.target !== undefined ? { ...entry, content: this.#entries[entry.target - 1]!.content } : entry;
    return structuredClone(this.#entries.map(served));
  }

  shownBetween(first: number, last: number): number[] {
    const numbers: number[] = [];
    for (let number = first; number <= Math.min(last, this.head); number++)
      if (isShown(this.#entries[number - 1]!.type)) numbers.push(number);
    return numbers;
  }

  history(before: number | undefined, limit: number, events: boolean): HistoryPage {
    const isListed = events ? isShown : isMessageType;
    const end = Math.min(before ?? Infinity, this.head + 1);
    const start = Math.max(1, end - this.historyScan);
    const listed = this.#entries.slice(start - 1, end - 1).filter(({ type }) => isListed(type));
    const messages = listed.slice(-limit).toReversed();
    const from_message_id = listed.length > limit ? messages.at(-1)!.message_id : start;
    return structuredClone({ messages, has_more: from_message_id > 1, from_message_id });
  }

  sync(after: number, limit: number): MessagePage {
    const rest = this.all().slice(after);
    return { messages: rest.slice(0, limit), has_more: rest.length > limit };
  }

  #append(entry: Omit<Message, 'message_id' | 'conversation_id' | 'timestamp'>, now: number): Outcome<Place> {
    const stored = this.append(entry, now);
    return accept({ message_id: stored.message_id, timestamp: now, entry: stored });
  }

  #change(entry: Omit<Message, 'message_id' | 'conversation_id' | 'timestamp'> & { target: number }, now: number): Outcome<Place> {
    this.#entries[entry.target - 1]!.changed_by = this.head + 1;
    return this.#append(entry, now);
  }

  #replace(message: Message): void {
    this.#entries[message.message_id - 1] = message;
  }
}

/** What a timeline shows: messages and what happened to the conversation, not the changes to messages. */
export const isShown = (type: string): boolean => isMessageType(type) || type === 'membership' || type === 'conversation';
