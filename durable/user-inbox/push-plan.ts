/**
 * When a notification is due, and what a job comes to once it is: pure tables of rules.
 * They know facts about one user and one conversation, not where the facts come from. Being late
 * is harmless, since a job is judged by the state at sending; being too early costs a second look.
 */
import type { PushReason } from '../../protocol/devices.ts';
import { LEASE_MS } from '../../protocol/limits.ts';

/** A message that is still unread after this long is worth a notification even while some device is active. */
export const STILL_UNREAD_MS = 30_000;
/** So long after it came, a message that was unread with every device connected is looked at again: who went silent upon it is known by then. */
export const LOOK_AGAIN_MS = LEASE_MS + 5_000;
/** At most one notification of a conversation in this time. */
export const COLLAPSE_MS = 10_000;
/** A decision with the same reason as the last is written down at most this often: those that follow from a setting less. */
export const logIntervalMs = (reason: PushReason): number => (reason === 'muted' || reason === 'no_address' ? 3_600_000 : 60_000);

export interface Situation {
  now: number;
  user_id: string;
  /** False: no longer a member, or not yet one who has agreed to it. */
  is_member: boolean;
  /** Of a direct conversation with one whom the user blocks. */
  is_blocked: boolean;
  muted_until: number | null;
  unread: number;
  /** The newest message; null when there is none. */
  message: { message_id: number; sender_id: string; timestamp: number; deleted?: true | undefined } | null;
  /** The highest message a notification was sent for, to every device that was to get one. */
  pushed_to: number;
  /** A device that was lost before it acknowledged this message, and was not notified of it. */
  missed_by: string | null;
  /** When the last notification of this conversation was sent. */
  sent_at: number | null;
  /** Devices with an address. */
  addressed: readonly string[];
  /** Inbox sockets within their lease. */
  fresh: readonly { device_id: string; active: boolean }[];
  /** Devices with a fresh socket in this very conversation. */
  here: readonly { device_id: string; heard_at: number }[];
  /** How far the user's devices have got. */
  delivered_message_id: number;
}

/** When to look, null for not at all, and why nothing is sent until then. */
export interface Due {
  at: number | null;
  reason: PushReason | null;
}

/** Null: there is nothing to notify of. */
export function dueOf(situation: Situation): Due | null {
  const { now, message, sent_at } = situation;
  if (message === null || !concerns(situation, message) || isNotified(situation, message)) return null;
  if (isMuted(situation)) return { at: null, reason: 'muted' };
  if (situation.addressed.length === 0) return { at: null, reason: 'no_address' };
  if (areConnected(situation)) return { at: null, reason: 'device_active' };
  const at = now + waitOf(situation, message, now);
  const collapsedUntil = sent_at === null ? 0 : sent_at + COLLAPSE_MS;
  return at < collapsedUntil ? { at: collapsedUntil, reason: 'collapsed' } : { at, reason: null };
}

/** There is nobody to notify, but a connected device may yet turn out to be gone. */
export const mayChange = (due: Due | null): boolean => due?.reason === 'device_active';

/**
 * A job on its way will look at the newest state: a second is worth it only if it comes sooner, or the first seems lost.
 * @param pendingAt when the one on its way comes due; undefined: none is
 */
export const isCovered = (pendingAt: number | undefined, at: number, now: number): boolean =>
  pendingAt !== undefined && pendingAt <= at && pendingAt + STILL_UNREAD_MS > now;

/** What a job comes to. `retry_after_ms`: look again then; `reason` null: there is nothing to notify of, and nothing to say about it. */
export type Verdict = { send_to: string[] } | { send_to: null; reason: PushReason | null; retry_after_ms: number | null };

/** @param had devices that got this message already, when the job comes again for others */
export function verdictOn(job: { queued_at: number }, situation: Situation, had: ReadonlySet<string>): Verdict {
  const { now, message, pushed_to, missed_by, sent_at, addressed, fresh, here } = situation;
  if (!situation.is_member || situation.is_blocked || message === null) return no(null);
  if (!concerns(situation, message)) return no('read_meanwhile');
  if (isMuted(situation)) return no('muted');
  if (addressed.length === 0) return no('no_address');
  if (isNotified(situation, message)) return no('collapsed');
  if (sent_at !== null && had.size === 0 && now < sent_at + COLLAPSE_MS) return no('collapsed', sent_at + COLLAPSE_MS - now);
  const connected = new Set([...fresh, ...here].map(({ device_id }) => device_id));
  const wanted = pushed_to >= message.message_id ? addressed.filter((deviceId) => deviceId === missed_by) : addressed;
  const away = wanted.filter((deviceId) => !connected.has(deviceId) && !had.has(deviceId));
  const isActive = here.length > 0 || fresh.some(({ active }) => active);
  const leftMs = Math.min(job.queued_at, message.timestamp) + STILL_UNREAD_MS - now;
  if (leftMs > 0 && (isActive || away.length === 0)) return no('device_active', leftMs);
  if (away.length === 0) return no(had.size > 0 ? 'collapsed' : 'device_active');
  return { send_to: away };
}

/** Where the lease of a device ends that has not acknowledged what it was sent. */
export const leaseEnd = (heardAt: number): number => heardAt + LEASE_MS + 1;

/** What stood before a deleted message may be unread too; which one that is, the conversation says just before sending. */
function concerns(
  { user_id, is_member, is_blocked, unread }: Situation,
  message: { sender_id: string; deleted?: true | undefined },
): boolean {
  return is_member && !is_blocked && unread > (message.deleted === true ? 1 : 0) && message.sender_id !== user_id;
}

const isNotified = ({ pushed_to, missed_by }: Situation, message: { message_id: number }): boolean =>
  message.message_id <= pushed_to && missed_by === null;

/** Nobody to send to: every device with an address has it on its inbox socket. */
function areConnected({ addressed, fresh }: Situation): boolean {
  return addressed.every((deviceId) => fresh.some(({ device_id }) => device_id === deviceId));
}

const isMuted = ({ muted_until, now }: Situation): boolean => muted_until !== null && muted_until > now;

function waitOf({ fresh, here, delivered_message_id }: Situation, message: { message_id: number; timestamp: number }, now: number): number {
  const activeElsewhere = fresh.some(({ active }) => active);
  if (!activeElsewhere && here.length === 0) return 0;
  const isOnlyHere = fresh.every(({ device_id }) => here.some((device) => device.device_id === device_id));
  if (here.length > 0 && isOnlyHere && delivered_message_id < message.message_id) {
    return Math.max(0, leaseEnd(Math.max(...here.map(({ heard_at }) => heard_at))) - now);
  }
  return Math.max(0, Math.min(message.timestamp, now) + STILL_UNREAD_MS - now);
}

const no = (reason: PushReason | null, retryAfterMs: number | null = null): Verdict => ({
  send_to: null,
  reason,
  retry_after_ms: retryAfterMs,
});
