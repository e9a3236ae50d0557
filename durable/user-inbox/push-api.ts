/**
 * A push notification on its way: from the user's object into the queue, back to it for the last
 * look before sending, to the provider, and its outcome home again. Jobs carry no text.
 */
import type { PushAddress, PushReason } from '../../protocol/devices.ts';

/** One user may be missing something in one conversation. Handling it twice does no harm. */
export interface PushJob {
  user_id: string;
  conversation_id: string;
  /** The newest message when it was queued. */
  message_id: number;
  queued_at: number;
}

/** What a notification shows, as JSON in the provider's message; never the text. */
export interface PushPayload {
  conversation_id: string;
  message_id: number;
  /** Sender's name in a direct conversation; in a group its title is put before it. */
  title: string;
  body: string;
  /** Unread messages of all conversations that are not muted. */
  badge: number;
}

export interface PushSend {
  device_id: string;
  address: PushAddress;
}

/** What a job comes to. Without `sends` nothing is sent, and the reason is already in the log. */
export interface PushPlan {
  job: PushJob;
  sender_id: string | null;
  /** Null: a direct conversation. */
  group_title: string | null;
  message_id: number;
  badge: number;
  sends: PushSend[];
  /** Not yet: a device is active; ask again after so many seconds. */
  retry_after: number | null;
}

export interface PushResult {
  conversation_id: string;
  message_id: number;
  device_id: string;
  /** The address that was used: a dead one is forgotten only while it is still the device's. */
  address: PushAddress;
  reason: Extract<PushReason, 'sent' | 'address_gone' | 'provider_failed'>;
}
