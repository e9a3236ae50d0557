/** What a conversation tells and what a user's object keeps, with everything named that a test does not care about. */
import type { Delivery } from '../../../durable/user-inbox/api.ts';
import { merge } from '../../../durable/user-inbox/inbox.ts';
import type { InboxRecord } from '../../../durable/user-inbox/schema.ts';
import type { Message } from '../../../protocol/message.ts';

export const delivery = (more: Partial<Delivery> = {}): Delivery => ({
  user_id: 'u',
  conversation_id: 'c',
  epoch: '',
  kind: 'group',
  title: 'A group',
  avatar_url: null,
  members: ['u', 'v'],
  role: 'member',
  last_message_id: 1,
  last_message: null,
  countable_total: 1,
  read_message_id: 0,
  read_total: 0,
  delivered_message_id: 0,
  mentioned_in: [],
  entries: [],
  own_message_at: null,
  here: [],
  updated_at: 1,
  ...more,
});

export const message = (conversation_id: string, message_id: number): Message => ({
  message_id,
  global_id: `g${message_id}`,
  conversation_id,
  sender_id: 'v',
  type: 'text',
  content: `text ${message_id}`,
  timestamp: message_id,
});

/** A log of so many messages by others, none read, told with its newest entry. */
export const news = (conversation_id: string, messages: number, more: Partial<Delivery> = {}): Delivery =>
  delivery({
    conversation_id,
    last_message_id: messages,
    last_message: { message_id: messages, sender_id: 'v', type: 'text', content: `text ${messages}`, timestamp: messages },
    countable_total: messages,
    entries: [message(conversation_id, messages)],
    updated_at: messages,
    ...more,
  });

/** The row a first delivery makes. */
export const record = (more: Partial<InboxRecord> = {}): InboxRecord => ({ ...merge(undefined, delivery(), 1)!, ...more });
