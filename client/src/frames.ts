/** Frames from and to text. Lenient: what we do not know is left out, so that the contract can grow. */
import type { LogFrame } from '../../protocol/client-frames.ts';
import type { InboxServerFrame } from '../../protocol/inbox.ts';
import type { Message } from '../../protocol/message.ts';
import type { AckFrame, ServerFrame } from '../../protocol/server-frames.ts';

const CONVERSATION = new Set<unknown>(['hello', 'ack', 'nack', 'message', 'receipts', 'typing', 'error'] satisfies ServerFrame['op'][]);
const INBOX = new Set<unknown>(['hello', 'conversation', 'removed', 'presence', 'error'] satisfies InboxServerFrame['op'][]);

export const decode = (text: string): ServerFrame[] => framesIn<ServerFrame>(text, CONVERSATION);
export const decodeInbox = (text: string): InboxServerFrame[] => framesIn<InboxServerFrame>(text, INBOX);

/** Whether a hello names another user than ours. One that names nobody is an older server's. */
export const isOfAnother = (frames: readonly (ServerFrame | InboxServerFrame)[], userId: string | undefined): boolean =>
  frames.some((frame) => frame.op === 'hello' && (frame.user_id ?? userId) !== userId);

/**
 * The log entry that an `ack` stands for: a socket is not sent what it wrote itself.
 * Null when only the server knows the whole of it, as with attachments.
 */
export function entryOf(frame: LogFrame, ack: AckFrame, conversationId: string, senderId: string): Message | null {
  const { message_id, timestamp, global_id } = ack;
  const entry = { message_id, global_id, conversation_id: conversationId, sender_id: senderId, timestamp };
  switch (frame.op) {
    case 'send': {
      if (frame.attachments?.length) return null;
      const mentions = [...new Set(frame.mentions)];
      return {
        ...entry,
        type: frame.type,
        content: frame.content,
        ...(frame.reply_to !== undefined && { reply_to: frame.reply_to }),
        ...(mentions.length > 0 && { mentions }),
      };
    }
    case 'edit':
      return { ...entry, type: 'edit', content: frame.content, target: frame.target };
    case 'delete':
      return { ...entry, type: 'deletion', content: '', target: frame.target };
    case 'react':
      return { ...entry, type: 'reaction', content: frame.emoji, target: frame.target, on: frame.on };
  }
}

function framesIn<Frame extends { op: string }>(text: string, known: ReadonlySet<unknown>): Frame[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  const isKnown = (frame: unknown): frame is Frame => typeof frame === 'object' && frame !== null && 'op' in frame && known.has(frame.op);
  return (Array.isArray(value) ? value : [value]).filter(isKnown);
}
