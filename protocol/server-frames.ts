/** What a conversation says on its sockets. Clients ignore an `op` they do not know. */
import * as z from 'zod/mini';
import { ERROR_CODES } from './errors.ts';
import { message, messageId, position, role } from './message.ts';

const code = z.enum(ERROR_CODES);
/** One of `REASONS`, or of those to come. */
const reason = z.optional(z.string());

/** How far one member's devices have got: every entry up to there. Only ever rises. */
export const receipt = z.object({ user_id: z.string(), delivered: position, read: position });
export type Receipt = z.infer<typeof receipt>;

export const member = z.object({ user_id: z.string(), role, joined_message_id: position });
export type Member = z.infer<typeof member>;

export const helloFrame = z.object({
  op: z.literal('hello'),
  /** Whose connection this is. */
  user_id: z.string(),
  conversation_id: z.string(),
  /** Another one than before: the log was restored, drop the copy and start over. */
  epoch: z.string(),
  last_message_id: position,
  /** The first number of the entries that follow (`after_message_id + 1`). */
  from_message_id: messageId,
  /** True: entries beyond those that follow exist; fetch them by sync. The live stream starts after `last_message_id`. */
  has_more: z.boolean(),
  role,
  members: z.array(member),
  receipts: z.array(receipt),
});
export const ackFrame = z.object({ op: z.literal('ack'), global_id: z.string(), message_id: messageId, timestamp: z.int() });
export const nackFrame = z.object({
  op: z.literal('nack'),
  global_id: z.string(),
  code,
  detail: z.string(),
  reason,
  /** Seconds. */
  retry_after: z.optional(z.number()),
});
export const messageFrame = z.object({ op: z.literal('message'), message });
export const receiptsFrame = z.object({ op: z.literal('receipts'), receipts: z.array(receipt) });
export const typingFrame = z.object({ op: z.literal('typing'), user_id: z.string(), on: z.boolean(), what: z.optional(z.string()) });
export const errorFrame = z.object({ op: z.literal('error'), code, detail: z.string(), reason, global_id: z.optional(z.string()) });

export const serverFrame = z.discriminatedUnion('op', [
  helloFrame,
  ackFrame,
  nackFrame,
  messageFrame,
  receiptsFrame,
  typingFrame,
  errorFrame,
]);
export type ServerFrame = z.infer<typeof serverFrame>;
export type HelloFrame = z.infer<typeof helloFrame>;
export type AckFrame = z.infer<typeof ackFrame>;
export type NackFrame = z.infer<typeof nackFrame>;
export type ErrorFrame = z.infer<typeof errorFrame>;
