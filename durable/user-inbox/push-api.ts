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
  /** It is about this device alone: the others were notified while it seemed to be connected. */
  device_id?: string | undefined;
  /** How often it was given up and made again. */
  revived?: number | undefined;
}

/** What a notification shows, as JSON in the provider's message; never the text. */
export interface PushPayload {
  conversation_id: string;
  message_id: number;
  /** The sender's name; in a group "Ann in Title". */
  title: string;
  body: string;
  /** Unread messages of all conversations that are neither muted nor archived: the number the app itself shows. */
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
  /** Null: a direct conversation, or a group without a title. */
  group_title: string | null;
  message_id: number;
  badge: number;
  sends: PushSend[];
  /** Not yet (a device is active, or one was sent a moment ago); ask again after so many seconds. */
  retry_after: number | null;
}

export interface PushResult {
  conversation_id: string;
  message_id: number;
  device_id: string;
  /** The address that was used: a dead one is forgotten only while it is still the device's. */
  address: PushAddress;
  reason: Extract<PushReason, 'sent' | 'address_gone' | 'provider_failed'>;
  /** The job comes again for the devices that failed; those that got it are left out then. */
  will_retry: boolean;
}
