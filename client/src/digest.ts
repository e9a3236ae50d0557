/** What the log on this device says of its conversation, as the inbox would: pure. */
import type { LastMessage } from '../../protocol/conversations.ts';
import type { Message } from '../../protocol/message.ts';
import { isMessage } from './change.ts';
import type { Digest } from './inbox-view.ts';
import type { State } from './timeline.ts';

const SHOWN_CHARACTERS = 256;

/**
 * Undefined when what is unread reaches back beyond what is here.
 * @param updatedAt time of the last entry, changes included
 */
export function digestOf(timeline: State, read: number, userId: string, updatedAt: number): Digest | undefined {
  const { messages, last, first, ready } = timeline;
  if (!ready || last === 0 || read < first - 1) return undefined;
  const digest: Digest = {
    last_message_id: last,
    read_message_id: Math.min(read, last),
    unread_count: 0,
    mention_count: 0,
    updated_at: updatedAt,
  };
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index]!;
    if (!isMessage(message)) continue;
    digest.last_message ??= lastMessage(message);
    // Sending is reading: what lies before an own message has been seen.
    if (message.sender_id === userId) digest.read_message_id = Math.max(digest.read_message_id, message.message_id);
    if (message.message_id <= digest.read_message_id) break;
    digest.unread_count++;
    if (message.mentions?.includes(userId)) digest.mention_count++;
  }
  return digest;
}

function lastMessage({ message_id, sender_id, type, content, timestamp, deleted }: Message): LastMessage {
  return { message_id, sender_id, type, content: content.slice(0, SHOWN_CHARACTERS), timestamp, ...(deleted && { deleted }) };
}
