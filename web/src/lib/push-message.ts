/** A push as it is shown. What cannot be read is shown all the same: a push without a notification costs the subscription on Apple's. */
import { isUuid } from '../../../protocol/ids.ts';

/** Never what it says: notifications are seen by others. */
export const NEW_MESSAGE = 'You have a new message';

export interface PushMessage {
  /** Null: a test, or something that a later version sends. */
  conversation_id: string | null;
  message_id: number;
  title: string;
  body: string;
  /** Unread messages in all; null where it is not said. */
  badge: number | null;
}

export function pushMessageOf(text: string | undefined): PushMessage {
  const said = parsed(text);
  const id = isUuid(said.conversation_id) ? said.conversation_id : null;
  return {
    conversation_id: id,
    message_id: numberOf(said.message_id) ?? 0,
    title: textOf(said.title) ?? 'Natter',
    body: textOf(said.body) ?? NEW_MESSAGE,
    // A test counts nothing.
    badge: id === null ? null : numberOf(said.badge),
  };
}

function parsed(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const numberOf = (value: unknown): number | null => (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null);
