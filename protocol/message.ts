/**
 * A log entry as it goes over the wire, and what it is made of.
 * Every conversation is a log numbered 1, 2, 3, … Messages and changes share the counter;
 * a change points at its `target`; a message is always served in its present state.
 */
import * as z from 'zod/mini';
import { ATTACHMENTS_MAX, CONTENT_BYTES_MAX, EMOJI_BYTES_MAX, MENTIONS_MAX } from './limits.ts';
import { UUID_PATTERN } from './ids.ts';
import { fitsBytes, isWellFormed } from './text.ts';

export const uuid = z.string().check(z.regex(UUID_PATTERN, 'must be a lower-case UUID'));
export const messageId = z.int().check(z.gte(1));
/** A position in a log: 0 is before the first entry. */
export const position = z.int().check(z.gte(0));

export const MESSAGE_TYPES = ['text', 'image', 'video', 'audio', 'file', 'encrypted'] as const;
export const CHANGE_TYPES = ['edit', 'deletion', 'reaction', 'membership', 'conversation'] as const;
export const messageType = z.enum(MESSAGE_TYPES);
export const entryType = z.enum([...MESSAGE_TYPES, ...CHANGE_TYPES]);
export type MessageType = z.infer<typeof messageType>;
export type EntryType = z.infer<typeof entryType>;

const countable: ReadonlySet<string> = new Set(MESSAGE_TYPES);
/** Messages count towards unread, changes do not. */
export const isMessageType = (type: string): type is MessageType => countable.has(type);

export const content = z.string().check(
  z.minLength(1, 'must not be empty'),
  z.refine((text) => fitsBytes(text, CONTENT_BYTES_MAX), {
    error: `must be at most ${CONTENT_BYTES_MAX} bytes`,
    params: { code: 'too_large' },
  }),
  z.refine(isWellFormed, 'must be well-formed Unicode'),
);

export const emoji = z.string().check(
  z.minLength(1, 'must not be empty'),
  z.refine((text) => fitsBytes(text, EMOJI_BYTES_MAX), `must be at most ${EMOJI_BYTES_MAX} bytes`),
  z.refine(isWellFormed, 'must be well-formed Unicode'),
);

export const mentions = z.array(uuid).check(z.maxLength(MENTIONS_MAX));
export const attachments = z.array(z.object({ media_id: uuid })).check(z.maxLength(ATTACHMENTS_MAX));

export const role = z.enum(['owner', 'admin', 'member']);
export type Role = z.infer<typeof role>;

/** One emoji on a message and who put it there, in the order of their coming. */
export const reaction = z.object({ emoji: z.string(), count: z.int(), user_ids: z.array(z.string()) });
export type Reaction = z.infer<typeof reaction>;

/** What a `membership` entry did, to whom. */
export const membershipChange = z.object({
  action: z.enum(['added', 'removed', 'left', 'role']),
  user_id: z.string(),
  role: z.optional(role),
});
export type MembershipChange = z.infer<typeof membershipChange>;

/** What a `conversation` entry changed. */
export const conversationChange = z.object({ title: z.optional(z.nullable(z.string())), avatar_url: z.optional(z.nullable(z.string())) });
export type ConversationChange = z.infer<typeof conversationChange>;

export const message = z.object({
  message_id: messageId,
  global_id: z.string(),
  conversation_id: z.string(),
  sender_id: z.string(),
  type: entryType,
  /** Text of a message or an edit, emoji of a reaction, empty otherwise and when deleted. */
  content: z.string(),
  /** Milliseconds since 1970, set by the server, for display only: order is `message_id`. */
  timestamp: z.int(),
  reply_to: z.optional(messageId),
  mentions: z.optional(z.array(z.string())),
  attachments: z.optional(z.array(z.object({ media_id: z.string() }))),
  /** Edits, deletions, reactions: the message they change. */
  target: z.optional(messageId),
  /** Number of the last change in this message; a change not above it is already in. */
  changed_by: z.optional(messageId),
  /** Number of the last edit, when the text is not the first one. */
  edited_by: z.optional(messageId),
  deleted: z.optional(z.literal(true)),
  reactions: z.optional(z.array(reaction)),
  /** Reactions: put on or taken off. */
  on: z.optional(z.boolean()),
  membership: z.optional(membershipChange),
  conversation: z.optional(conversationChange),
});
export type Message = z.infer<typeof message>;
