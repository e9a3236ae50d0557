/** What a client says on a conversation's socket; each frame a JSON object with `op`, or an array of them. */
import * as z from 'zod/mini';
import { attachments, content, emoji, mentions, messageId, messageType, position, uuid } from './message.ts';

/** The body of a send, over the socket and over HTTP alike. */
const sendFields = {
  global_id: uuid,
  /** The last number this device had seen when the user pressed send; never changes on a retry. */
  after_message_id: z.optional(position),
  type: messageType,
  content,
  reply_to: z.optional(messageId),
  mentions: z.optional(mentions),
  attachments: z.optional(attachments),
};
const changeFields = { global_id: uuid, after_message_id: z.optional(position), target: messageId };

export const sendBody = z.object(sendFields);
export type SendBody = z.infer<typeof sendBody>;

export const sendFrame = z.object({ op: z.literal('send'), ...sendFields });
export const editFrame = z.object({ op: z.literal('edit'), ...changeFields, content });
export const deleteFrame = z.object({ op: z.literal('delete'), ...changeFields });
export const reactFrame = z.object({ op: z.literal('react'), ...changeFields, emoji, on: z.boolean() });
export const deliveredFrame = z.object({ op: z.literal('delivered'), message_id: position });
export const readFrame = z.object({ op: z.literal('read'), message_id: position });
export const typingFrame = z.object({
  op: z.literal('typing'),
  on: z.boolean(),
  what: z.optional(z.enum(['text', 'recording', 'uploading'])),
});

export const clientFrame = z.discriminatedUnion('op', [
  sendFrame,
  editFrame,
  deleteFrame,
  reactFrame,
  deliveredFrame,
  readFrame,
  typingFrame,
]);
export type ClientFrame = z.infer<typeof clientFrame>;
/** The frames that ask for a place in the log and are answered by `ack` or `nack`. */
export type LogFrame = Extract<ClientFrame, { global_id: string }>;
export type SignalFrame = Exclude<ClientFrame, LogFrame>;
