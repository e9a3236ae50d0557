/** Messages that somebody who looks elsewhere is to be told of, in the words of a push: `src/push/payload.ts`. Pure. */
import type { ConversationRow } from '../../../protocol/conversations.ts';
import { isMuted } from './mute.ts';
import { nameOf, type Known } from './people.ts';
import { NEW_MESSAGE, type PushMessage } from './push-message.ts';

/** A row with something unread in it. */
export type News = ConversationRow & { last_message: NonNullable<ConversationRow['last_message']> };

/** Rows whose newest message is another's, unread, and newer than it was before. */
export function newsIn(before: readonly ConversationRow[], rows: readonly ConversationRow[], ownId: string, now: number): News[] {
  const known = new Map(before.map((row) => [row.conversation_id, row.last_message?.message_id ?? 0]));
  return rows.filter(
    (row): row is News =>
      row.last_message !== undefined &&
      row.last_message.sender_id !== ownId &&
      row.last_message.message_id > (known.get(row.conversation_id) ?? 0) &&
      row.unread_count > 0 &&
      !isMuted(row.muted_until, now),
  );
}

export function messageOf({ conversation_id, kind, title, last_message }: News, sender: Known): PushMessage {
  const who = sender ? nameOf(sender) : 'New message';
  return {
    conversation_id,
    message_id: last_message.message_id,
    title: kind === 'group' && title !== null ? `${who} in ${title}` : who,
    body: NEW_MESSAGE,
    badge: null,
  };
}
