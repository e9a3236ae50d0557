/** What an edit, a deletion or a reaction does to its target, exactly as the server does it: pure. */
import type { Message, MessageType, Reaction } from '../../protocol/message.ts';

const CHANGES: ReadonlySet<string> = new Set(['edit', 'deletion', 'reaction']);
/** Written out, because the protocol's list would bring its schemas along. */
const MESSAGES: ReadonlySet<string> = new Set(['text', 'image', 'video', 'audio', 'file', 'encrypted'] satisfies MessageType[]);
const SHOWN: ReadonlySet<string> = new Set([...MESSAGES, 'membership', 'conversation']);

/** Changes another entry, and is not an entry of the timeline itself. */
export const isChange = (entry: Message): entry is Message & { target: number } => CHANGES.has(entry.type) && entry.target !== undefined;

/** Counts as unread. */
export const isMessage = ({ type }: Message): boolean => MESSAGES.has(type);

/** Types we do not know are none of our business, so that the contract can grow. */
export const isShown = (entry: Message): boolean => SHOWN.has(entry.type);

/** The same object when the change is in already. */
export function changed(target: Message, change: Message): Message {
  if (change.message_id <= (target.changed_by ?? 0)) return target;
  const next = { ...target, changed_by: change.message_id };
  switch (change.type) {
    case 'edit':
      // The text of an edit that was changed itself is blank: the deletion that blanked it follows.
      return { ...next, edited_by: change.message_id, ...(change.changed_by === undefined && { content: change.content }) };
    case 'deletion':
      return stub(next);
    case 'reaction':
      return withReactions(next, react(target.reactions ?? [], change.content, change.sender_id, change.on ?? true));
    default:
      return target;
  }
}

function stub({ reactions: _reactions, mentions: _mentions, attachments: _attachments, reply_to: _replyTo, ...kept }: Message): Message {
  return { ...kept, content: '', deleted: true };
}

function withReactions({ reactions: _before, ...message }: Message, reactions: Reaction[]): Message {
  return reactions.length === 0 ? message : { ...message, reactions };
}

function react(reactions: Reaction[], emoji: string, userId: string, on: boolean): Reaction[] {
  const now = reactions.find((reaction) => reaction.emoji === emoji);
  const others = (now?.user_ids ?? []).filter((id) => id !== userId);
  const user_ids = on ? [...others, userId] : others;
  if (user_ids.length === 0) return reactions.filter((reaction) => reaction !== now);
  const next = { emoji, count: user_ids.length, user_ids };
  return now === undefined ? [...reactions, next] : reactions.map((reaction) => (reaction === now ? next : reaction));
}
