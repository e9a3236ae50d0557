/** Short ways to say a message, a local entry, a row of the list. */
import type { LocalEntry, TimelineEntry } from '@natter/client';
import type { ConversationRow } from '../../../protocol/conversations.ts';
import type { Message } from '../../../protocol/message.ts';
import type { SmallStorage } from '../../../web/src/session/browser-storage.ts';

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

export const row = (id: string, more: Partial<ConversationRow> = {}): ConversationRow => ({
  conversation_id: id,
  kind: 'group',
  role: 'member',
  title: id,
  avatar_url: null,
  last_message_id: 5,
  read_message_id: 5,
  unread_count: 0,
  mention_count: 0,
  marked_unread: false,
  muted_until: null,
  pinned: false,
  archived: false,
  updated_at: MONDAY_NOON,
  ...more,
});

/** As a browser's, for as long as the test. */
export function smallStorage(): SmallStorage {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}
