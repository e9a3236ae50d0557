/** Whether inboxes and notifications are as worked out from the file. Pure; answers what differs in sentences. */
import { isDeepStrictEqual } from 'node:util';
import type { InboxView } from '@natter/client';
import type { Notification } from './push-desk.ts';
import { countsOf, notificationsMax, type Said } from './reckoning.ts';

export interface Wanted {
  conversationId: string;
  userId: string;
  said: readonly Said[];
  /** Read on some device up to here, besides what was read by writing. */
  readTo?: number;
}

/** A device's list: the row of the conversation, and the totals over all rows. */
export function inboxDifferences(view: InboxView, { conversationId, userId, said, readTo = 0 }: Wanted): string[] {
  const row = view.conversations.find(({ conversation_id }) => conversation_id === conversationId);
  if (row === undefined) return ['the inbox lacks the conversation'];
  const counts = readTo >= said.length ? { unread: 0, mentions: 0 } : countsOf(said, userId, said.length);
  const differences: string[] = [];
  const compare = (what: string, found: number, wanted: number): void => {
    if (found !== wanted) differences.push(`${what}: the inbox has ${found}, the file ${wanted}`);
  };
  compare('last message', row.last_message_id, said.length);
  compare('unread', row.unread_count, counts.unread);
  compare('mentions', row.mention_count, counts.mentions);
  const others = view.conversations.filter((other) => other !== row);
  const sum = (of: (row: InboxView['conversations'][number]) => number): number => others.reduce((total, other) => total + of(other), 0);
  compare('unread of all', view.unread.messages, counts.unread + sum(({ unread_count }) => unread_count));
  compare('mentions of all', view.unread.mentions, counts.mentions + sum(({ mention_count }) => mention_count));
  compare('unread conversations', view.unread.conversations, Number(counts.unread > 0) + sum((other) => Number(other.unread_count > 0)));
  return differences;
}

export interface Awaited extends Wanted {
  groupTitle: string;
  nameOf(userId: string): string;
  /** Unread in other conversations all the while. */
  unreadElsewhere: number;
  /** When the first message was sent, by the clock of the notifications. */
  startedAt: number;
}

/** What somebody without a socket was told by notifications: who wrote and how much is unread, never what, and not too often. */
export function notificationDifferences(
  received: readonly Notification[],
  { conversationId, userId, said, groupTitle, nameOf, unreadElsewhere, startedAt }: Awaited,
): string[] {
  const differences: string[] = [];
  const last = received.at(-1);
  if (last === undefined)
    return countsOf(said, userId, said.length).unread > 0 ? ['there are unread messages, and no notification came'] : [];
  const most = notificationsMax(last.at - startedAt);
  if (received.length > most) differences.push(`${received.length} notifications came, at most ${most} were to`);
  for (const { payload } of received) {
    const sender = said[payload.message_id - 1]?.sender_id ?? '';
    const wanted = {
      conversation_id: conversationId,
      message_id: payload.message_id,
      title: `${nameOf(sender)} in ${groupTitle}`,
      body: 'You have a new message',
      badge: countsOf(said, userId, payload.message_id).unread + unreadElsewhere,
    };
    if (!isDeepStrictEqual(payload, wanted)) {
      differences.push(`a notification says ${JSON.stringify(payload)}, and was to say ${JSON.stringify(wanted)}`);
    }
    if (sender === userId) differences.push(`a notification of their own message ${payload.message_id}`);
  }
  return differences;
}
