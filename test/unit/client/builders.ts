/** What the client's tests are made of. Every value has a default; a test names what it is about. */
import type { ConversationRow, HistoryPage } from '../../../protocol/conversations.ts';
import type { LogFrame } from '../../../protocol/client-frames.ts';
import type { Message } from '../../../protocol/message.ts';
import { apply, EMPTY, type Event, type State } from '../../../client/src/timeline.ts';

export const CONVERSATION = '00000000-0000-4000-8000-00000000c0de';
export const ANN = 'user-ann';
export const BEN = 'user-ben';

export function text(messageId: number, more: Partial<Message> = {}): Message {
  return {
    message_id: messageId,
    global_id: `global-${messageId}`,
    conversation_id: CONVERSATION,
    sender_id: ANN,
    type: 'text',
    content: `text ${messageId}`,
    timestamp: 1_000 + messageId,
    ...more,
  };
}

export const edit = (messageId: number, target: number, content = 'edited'): Message => text(messageId, { type: 'edit', target, content });
export const deletion = (messageId: number, target: number): Message => text(messageId, { type: 'deletion', target, content: '' });
export const reaction = (messageId: number, target: number, emoji: string, on = true, sender_id = ANN): Message =>
  text(messageId, { type: 'reaction', target, content: emoji, on, sender_id });

export const texts = (...numbers: number[]): Message[] => numbers.map((number) => text(number));

/** Newest first, as history serves it. */
export const page = (from_message_id: number, messages: Message[]): HistoryPage => ({
  messages: messages.toReversed(),
  has_more: from_message_id > 1,
  from_message_id,
});

type SendFrame = Extract<LogFrame, { op: 'send' }>;

export function send(globalId: string, more: Partial<SendFrame> = {}): SendFrame {
  return { op: 'send', global_id: globalId, type: 'text', content: `text of ${globalId}`, after_message_id: 0, ...more };
}

/** A timeline after these events. */
export const timeline = (...events: Event[]): State => events.reduce((state, event) => apply(state, event).state, EMPTY);
export const numbers = ({ messages }: Pick<State, 'messages'>): number[] => messages.map(({ message_id }) => message_id);

/** A row of the inbox; `at`: its last entry's number, time and all. */
export const row = (conversationId: string, at = 1, more: Partial<ConversationRow> = {}): ConversationRow => ({
  conversation_id: conversationId,
  kind: 'group',
  role: 'member',
  title: 'Trip',
  avatar_url: null,
  last_message_id: at,
  last_message: { message_id: at, sender_id: BEN, type: 'text', content: `text ${at}`, timestamp: 1_000 + at },
  read_message_id: 0,
  unread_count: at,
  mention_count: 0,
  marked_unread: false,
  muted_until: null,
  pinned: false,
  archived: false,
  updated_at: 1_000 + at,
  ...more,
});
