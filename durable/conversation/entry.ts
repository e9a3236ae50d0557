/** A log entry as a row, as a wire message, and as the one string every receiver gets. */
import type { LastMessage } from '../../protocol/conversations.ts';
import type { ConversationChange, MembershipChange, Message } from '../../protocol/message.ts';
import { parseReactions } from './log.ts';
import type { EntryRecord } from './schema.ts';

/** The entry in its present state. Absent fields are left out, so that frames stay small. */
export function toMessage(entry: EntryRecord, conversationId: string): Message {
  const message: Message = {
    message_id: entry.message_id,
    global_id: entry.global_id,
    conversation_id: conversationId,
    sender_id: entry.sender_id,
    type: entry.type,
    content: entry.content,
    timestamp: entry.timestamp,
  };
  if (entry.reply_to !== null && entry.deleted === 0) message.reply_to = entry.reply_to;
  if (entry.mentions !== null) message.mentions = JSON.parse(entry.mentions) as string[];
  if (entry.target !== null) message.target = entry.target;
  if (entry.changed_by !== null) message.changed_by = entry.changed_by;
  if (entry.edited_by !== null) message.edited_by = entry.edited_by;
  if (entry.deleted === 1) message.deleted = true;
  if (entry.switched_on !== null) message.on = entry.switched_on === 1;
  if (entry.reactions !== null) {
    message.reactions = Object.entries(parseReactions(entry.reactions)).map(([emoji, users]) => {
      const user_ids = Object.keys(users);
      return { emoji, count: user_ids.length, user_ids };
    });
  }
  if (entry.detail !== null) {
    if (entry.type === 'membership') message.membership = JSON.parse(entry.detail) as MembershipChange;
    else message.conversation = JSON.parse(entry.detail) as ConversationChange;
  }
  return message;
}

export const messageJson = (entry: EntryRecord, conversationId: string): string => JSON.stringify(toMessage(entry, conversationId));
export const messageFrame = (json: string): string => `{"op":"message","message":${json}}`;
export const arrayFrame = (frames: readonly string[]): string => (frames.length === 1 ? frames[0]! : `[${frames.join(',')}]`);

const LINE_CHARACTERS = 256;

/** What a list shows of a conversation's newest message. */
export function toLastMessage(entry: EntryRecord): LastMessage {
  const line: LastMessage = {
    message_id: entry.message_id,
    sender_id: entry.sender_id,
    type: entry.type,
    content: cut(entry.content),
    timestamp: entry.timestamp,
  };
  if (entry.deleted === 1) line.deleted = true;
  return line;
}

/** At most 256 UTF-16 units, never half a surrogate pair. */
function cut(text: string): string {
  return text.length <= LINE_CHARACTERS ? text : text.slice(0, LINE_CHARACTERS).replace(/[\uD800-\uDBFF]$/, '');
}
