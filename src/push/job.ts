/** A job as it comes out of the queue: written by an older version of this, perhaps, so it is checked. */
import * as z from 'zod/mini';
import { messageId, uuid } from '../../protocol/message.ts';

export const pushJob = z.object({
  user_id: uuid,
  conversation_id: uuid,
  message_id: messageId,
  queued_at: z.int(),
  device_id: z.optional(uuid),
  revived: z.optional(z.int()),
});
