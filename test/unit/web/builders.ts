/** Short ways to say a message, a local entry, a member. */
import type { LocalEntry, TimelineEntry } from '@natter/client';
import type { Message } from '../../../protocol/message.ts';

export const ANN = '00000000-0000-4000-8000-00000000000a';
export const BOB = '00000000-0000-4000-8000-00000000000b';
export const MONDAY_NOON = Date.UTC(2026, 10, 23, 12);

export function message(id: number, more: Partial<Message> = {}): Message {
  return {
    message_id: id,
    global_id: `message-${id}`,
    conversation_id: 'conversation',
    sender_id: ANN,
    type: 'text',
    content: `text ${id}`,
    timestamp: MONDAY_NOON + id * 1_000,
    ...more,
  };
}

export const inLog = (of: Message): TimelineEntry => ({ kind: 'message', message: of });

export function local(globalId: string, more: Partial<LocalEntry> = {}): TimelineEntry {
  return {
    kind: 'local',
    entry: { global_id: globalId, content: globalId, type: 'text', created_at: MONDAY_NOON + 60_000, state: 'queued', ...more },
  };
}
