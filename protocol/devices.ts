/**
 * HTTP bodies about devices and push notifications.
 * A push address is what a browser's `PushManager`, Firebase or Apple gave the app.
 */
import * as z from 'zod/mini';
import { nameOf } from './fields.ts';
import { DEVICE_NAME_CHARACTERS_MAX, PUSH_TOKEN_CHARACTERS_MAX, PUSH_URL_CHARACTERS_MAX } from './limits.ts';
import { messageId, uuid } from './message.ts';

/** What the app runs on, in its own word; ours are `web`, `ios`, `android` and `desktop`. */
export const platform = nameOf(32).check(z.regex(/^\P{Cc}*$/u, 'must not hold control characters'));
export type Platform = z.infer<typeof platform>;
export const pushKind = z.enum(['web', 'fcm', 'apns']);
export type PushKind = z.infer<typeof pushKind>;

export const deviceParam = z.object({ device_id: uuid });
export const putDeviceBody = z.object({ name: nameOf(DEVICE_NAME_CHARACTERS_MAX), platform });
export type PutDeviceBody = z.infer<typeof putDeviceBody>;

export const device = z.object({
  device_id: z.string(),
  name: z.nullable(z.string()),
  platform: z.nullable(z.string()),
  created_at: z.int(),
  /** Now while it is connected, else within an hour: not every use is written down. */
  last_used_at: z.int(),
  /** The session that last used it is the one that asks. */
  current: z.boolean(),
  /** Where its notifications go; null when it has no address. */
  push: z.nullable(pushKind),
});
export type Device = z.infer<typeof device>;
export const deviceList = z.object({ devices: z.array(device) });
export type DeviceList = z.infer<typeof deviceList>;

const base64url = (bytes: number) =>
  z.string().check(z.regex(new RegExp(`^[A-Za-z0-9_-]{${Math.ceil((bytes * 4) / 3)}}=*$`), 'must be base64url'));

/** `PushSubscription.toJSON()` (W3C Push API); keys as of RFC 8291: an uncompressed P-256 point and 16 bytes. */
export const webSubscription = z.object({
  endpoint: z.url({ protocol: /^https$/ }).check(z.maxLength(PUSH_URL_CHARACTERS_MAX)),
  expirationTime: z.optional(z.nullable(z.number())),
  keys: z.object({ p256dh: base64url(65), auth: base64url(16) }),
});
export type WebSubscription = z.infer<typeof webSubscription>;

const token = z.string().check(z.minLength(1), z.maxLength(PUSH_TOKEN_CHARACTERS_MAX));
export const pushAddress = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('web'), subscription: webSubscription }),
  z.object({ kind: z.literal('fcm'), token }),
  /** `token`: hexadecimal today, opaque by Apple's word; `topic`: the app's bundle id; `sandbox`: a development build's token. */
  z.object({
    kind: z.literal('apns'),
    token: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,400}$/, 'must be 1 to 400 letters, digits, - and _')),
    topic: z.string().check(z.regex(/^[A-Za-z0-9.-]{1,200}$/, 'must be a bundle id')),
    sandbox: z.optional(z.boolean()),
  }),
]);
export type PushAddress = z.infer<typeof pushAddress>;

/** For `PushManager.subscribe`: the application server's public key (RFC 8292), base64url. */
export const vapidKey = z.object({ public_key: z.string() });

export const pushReason = z.enum([
  'sent',
  'collapsed',
  'read_meanwhile',
  'muted',
  'device_active',
  'no_address',
  'address_gone',
  'provider_failed',
]);
export type PushReason = z.infer<typeof pushReason>;
/** `sent`: a provider took it; `not_sent`: nobody was asked, or the provider refused. */
export const pushOutcome = z.enum(['sent', 'not_sent']);

/** What became of one notification, and why. */
export const pushDecision = z.object({
  at: z.int(),
  /** Null: the decision was about all devices. */
  device_id: z.nullable(z.string()),
  conversation_id: z.string(),
  message_id: messageId,
  outcome: pushOutcome,
  reason: pushReason,
});
export type PushDecision = z.infer<typeof pushDecision>;
export const pushLog = z.object({ decisions: z.array(pushDecision) });

export const pushTestBody = z.object({ device_id: uuid });
/** What each step of a test notification answered, in order; it ends with the first that failed. */
export const pushTest = z.object({
  ok: z.boolean(),
  steps: z.array(z.object({ step: z.enum(['address', 'encryption', 'provider']), ok: z.boolean(), detail: z.string() })),
});
export type PushTest = z.infer<typeof pushTest>;
