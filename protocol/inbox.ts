/**
 * The inbox: what a user's own object says of all conversations, by HTTP and on the inbox socket.
 * A cursor is opaque; a device that keeps the last one it was given gets exactly what moved since.
 */
import * as z from 'zod/mini';
import { conversationRow } from './conversations.ts';
import { ERROR_CODES } from './errors.ts';
import { CONTENT_BYTES_MAX, PAGE_DEFAULT, PAGE_MAX, WATCHED_USERS_MAX } from './limits.ts';
import { message, messageId, uuid } from './message.ts';
import { fitsBytes, isWellFormed } from './text.ts';

const cursor = z.string().check(z.maxLength(200));

export const inboxQuery = z.object({
  cursor: z._default(cursor, ''),
  limit: z._default(z.coerce.number().check(z.int(), z.gte(1), z.lte(PAGE_MAX)), PAGE_DEFAULT),
});
export const inboxSocketQuery = z.object({
  device_id: uuid,
  cursor: z._default(cursor, ''),
  ticket: z.optional(z.string().check(z.maxLength(400))),
  /** Whose connection it is meant to be: another's credential is refused. */
  user: z.optional(uuid),
  /** Rows on a page of the hello at most, and bytes in proportion: for a link on which a whole page takes too long. */
  limit: z._default(z.coerce.number().check(z.int(), z.gte(1), z.lte(PAGE_MAX)), PAGE_MAX),
});

/** Newest first. While `has_more`, the cursor continues this list; only the last page's is to be kept. */
export const inboxPage = z.object({
  conversations: z.array(conversationRow),
  /** Ids of conversations that one is no longer a member of. */
  removed: z.array(z.string()),
  cursor: z.string(),
  has_more: z.boolean(),
  /** On a first page: it begins at the beginning, though the cursor named a later place. What the list does not name is gone. */
  fresh: z.optional(z.literal(true)),
});
export type InboxPage = z.infer<typeof inboxPage>;

/** Own view of a conversation. `muted_until` in milliseconds since 1970; null: not muted. */
export const settingsBody = z
  .object({
    muted_until: z.optional(z.nullable(z.int().check(z.gte(0)))),
    pinned: z.optional(z.boolean()),
    archived: z.optional(z.boolean()),
    marked_unread: z.optional(z.boolean()),
  })
  .check(z.refine((body) => Object.values(body).some((value) => value !== undefined), 'name at least one setting'));
export type SettingsBody = z.infer<typeof settingsBody>;

/** `edited_at` in milliseconds since 1970; one in the future counts as now. Empty content clears the draft. */
export const draftBody = z.object({
  content: z.string().check(
    z.refine((text) => fitsBytes(text, CONTENT_BYTES_MAX), {
      error: `must be at most ${CONTENT_BYTES_MAX} bytes`,
      params: { code: 'too_large' },
    }),
    z.refine(isWellFormed, 'must be well-formed Unicode'),
  ),
  edited_at: z.int().check(z.gte(0)),
});
export type DraftBody = z.infer<typeof draftBody>;
/** The draft as it stands: another device's, when that was edited later. */
export const draft = z.object({ content: z.string(), edited_at: z.int() });
export type Draft = z.infer<typeof draft>;

export const inboxAckFrame = z.object({ op: z.literal('ack'), cursor });
export const inboxDeliveredFrame = z.object({ op: z.literal('delivered'), conversation_id: uuid, message_id: messageId });
export const watchFrame = z.object({ op: z.literal('watch'), user_ids: z.array(uuid).check(z.maxLength(WATCHED_USERS_MAX)) });
export const activeFrame = z.object({ op: z.literal('active'), on: z.boolean() });

/** What a client says on the inbox socket. */
export const inboxClientFrame = z.discriminatedUnion('op', [inboxAckFrame, inboxDeliveredFrame, watchFrame, activeFrame]);
export type InboxClientFrame = z.infer<typeof inboxClientFrame>;

export const inboxHelloFrame = z.object({
  op: z.literal('hello'),
  /** Whose connection this is. */
  user_id: z.string(),
  cursor: z.string(),
  changed: z.array(conversationRow),
  removed: z.array(z.string()),
  /** Requests and invitations that wait for an answer, 1,000 at most. */
  requests: z.optional(z.int()),
  /** True: the next page follows as another `hello`; keep only the last one's cursor. To `ack` this one's lets it follow at once. */
  has_more: z.boolean(),
  /** As in `inboxPage`. */
  fresh: z.optional(z.literal(true)),
});
export const inboxConversationFrame = z.object({
  op: z.literal('conversation'),
  /** Missing while the row is not stored yet: nothing to acknowledge, it will be told again. */
  cursor: z.optional(z.string()),
  conversation: conversationRow,
  /** The newest of the new log entries, oldest first, at most 20. */
  messages: z.array(message),
});
export const inboxRemovedFrame = z.object({ op: z.literal('removed'), cursor: z.string(), conversation_id: z.string() });
export const presenceStatus = z.enum(['online', 'idle', 'offline']);
export type PresenceStatus = z.infer<typeof presenceStatus>;
/** `last_seen` (milliseconds since 1970) with `offline`, where both sides allow it. */
export const presenceFrame = z.object({
  op: z.literal('presence'),
  user_id: z.string(),
  status: presenceStatus,
  last_seen: z.optional(z.int()),
});
export type PresenceFrame = z.infer<typeof presenceFrame>;
export const inboxErrorFrame = z.object({
  op: z.literal('error'),
  code: z.enum(ERROR_CODES),
  detail: z.string(),
  reason: z.optional(z.string()),
});

/** What a user's object says on the inbox socket. Clients ignore an `op` they do not know. */
export const inboxServerFrame = z.discriminatedUnion('op', [
  inboxHelloFrame,
  inboxConversationFrame,
  inboxRemovedFrame,
  presenceFrame,
  inboxErrorFrame,
]);
export type InboxServerFrame = z.infer<typeof inboxServerFrame>;
export type InboxHelloFrame = z.infer<typeof inboxHelloFrame>;
export type InboxConversationFrame = z.infer<typeof inboxConversationFrame>;
