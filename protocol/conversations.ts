/** HTTP bodies about conversations and their messages. */
import * as z from 'zod/mini';
import { avatarUrl, nameOf } from './fields.ts';
import { PAGE_DEFAULT, PAGE_MAX, SYNC_ENTRIES_MAX, TITLE_CHARACTERS_MAX } from './limits.ts';
import { content, emoji, message, messageId, position, role, uuid } from './message.ts';
import { member, receipt } from './server-frames.ts';

const title = nameOf(TITLE_CHARACTERS_MAX);

export const conversationKind = z.enum(['direct', 'group']);
export type ConversationKind = z.infer<typeof conversationKind>;

export const createConversationBody = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('direct'), user_id: uuid }),
  z.object({
    kind: z.literal('group'),
    title,
    member_ids: z.array(uuid).check(z.minLength(1), z.maxLength(1_000)),
    /** Makes the creation repeatable: the same one by the same user answers the same conversation. */
    global_id: z.optional(uuid),
    /** What clients of before send: serves as the `global_id` where there is none, and is no conversation's id. */
    conversation_id: z.optional(uuid),
  }),
]);
export type CreateConversationBody = z.infer<typeof createConversationBody>;

export const patchConversationBody = z
  .object({ title: z.optional(title), avatar_url: z.optional(z.nullable(avatarUrl)) })
  .check(z.refine((body) => body.title !== undefined || body.avatar_url !== undefined, 'name a title or an avatar_url'));
export type PatchConversationBody = z.infer<typeof patchConversationBody>;

export const putMemberBody = z.object({ role: z.optional(role) });
/** What adding answers for one who is no member yet. */
export const invitedAnswer = z.object({ status: z.literal('invited') });
export type InvitedAnswer = z.infer<typeof invitedAnswer>;
export const editBody = z.object({ global_id: z.optional(uuid), content });
export const readBody = z.object({ message_id: position });
export const readPosition = z.object({ message_id: position });

const pathNumber = z.coerce.number().check(z.int(), z.gte(1));
export const conversationParam = z.object({ conversation_id: uuid });
export const memberParam = z.object({ conversation_id: uuid, user_id: uuid });
export const messageParam = z.object({ conversation_id: uuid, message_id: pathNumber });
export const reactionParam = z.object({ conversation_id: uuid, message_id: pathNumber, emoji });
/** Makes a change without a body repeatable. */
export const changeQuery = z.object({ global_id: z.optional(uuid) });

/** A conversation as its members see it. */
export const conversation = z.object({
  conversation_id: z.string(),
  kind: conversationKind,
  title: z.nullable(z.string()),
  avatar_url: z.nullable(z.string()),
  epoch: z.string(),
  created_at: z.int(),
  last_message_id: position,
  role,
  members: z.array(member),
  /** Ids of those who were added and are no members (yet). They see nothing of it. */
  invited: z.array(z.string()),
  receipts: z.array(receipt),
});
export type Conversation = z.infer<typeof conversation>;

/** `last_message` of a row: enough for a line in a list, its content cut at 256 characters. */
export const lastMessage = z.object({
  message_id: messageId,
  sender_id: z.string(),
  type: z.string(),
  content: z.string(),
  timestamp: z.int(),
  deleted: z.optional(z.literal(true)),
});
export type LastMessage = z.infer<typeof lastMessage>;

/** What waits for an answer of one's own. */
export const unansweredState = z.enum(['request', 'invited']);
export type UnansweredState = z.infer<typeof unansweredState>;

/** A conversation as a row of one user's own inbox. */
export const conversationRow = z.object({
  conversation_id: z.string(),
  kind: conversationKind,
  role,
  title: z.nullable(z.string()),
  avatar_url: z.nullable(z.string()),
  /** Ids of the members: both of a direct conversation, the first few of a group. */
  members: z.optional(z.array(z.string())),
  last_message_id: position,
  last_message: z.optional(lastMessage),
  read_message_id: position,
  unread_count: z.int(),
  mention_count: z.int(),
  marked_unread: z.boolean(),
  muted_until: z.nullable(z.int()),
  pinned: z.boolean(),
  archived: z.boolean(),
  draft: z.optional(z.string()),
  updated_at: z.int(),
  /** Missing: a conversation like any. `request`: one has not accepted it yet; `invited`: one may join, and reads nothing before. */
  state: z.optional(unansweredState),
  /** While invited: by whom, to how many members, and until when. */
  invited_by: z.optional(z.string()),
  member_count: z.optional(z.int()),
  expires_at: z.optional(z.int()),
});
export type ConversationRow = z.infer<typeof conversationRow>;

export const conversationList = z.object({
  conversations: z.array(conversationRow),
  cursor: z.nullable(z.string()),
  has_more: z.boolean(),
});
export type ConversationList = z.infer<typeof conversationList>;

/** Sync: oldest first, changes included. */
export const messagePage = z.object({ messages: z.array(message), has_more: z.boolean() });
export type MessagePage = z.infer<typeof messagePage>;

/** History: newest first. The page covers every number from `from_message_id` up to its newest message. */
export const historyPage = z.extend(messagePage, { from_message_id: messageId });
export type HistoryPage = z.infer<typeof historyPage>;

export const stored = z.object({ global_id: z.string(), message_id: messageId, timestamp: z.int() });
export type Stored = z.infer<typeof stored>;

const count = (max: number, standard: number) => z._default(z.coerce.number().check(z.int(), z.gte(1), z.lte(max)), standard);

export const listQuery = z.object({
  cursor: z._default(z.string().check(z.maxLength(200)), ''),
  limit: count(PAGE_MAX, PAGE_DEFAULT),
  state: z.optional(unansweredState),
});
/** Of a request that is deleted: its sender is blocked too. */
export const deleteRequestQuery = z.object({ block: z.optional(z.stringbool()) });
export const historyQuery = z
  .object({
    before: z.optional(z.coerce.number().check(z.int(), z.gte(1))),
    around: z.optional(z.coerce.number().check(z.int(), z.gte(1))),
    limit: count(PAGE_MAX, PAGE_DEFAULT),
    /** `true`: membership and title entries too. */
    events: z.optional(z.stringbool()),
  })
  .check(z.refine((query) => query.before === undefined || query.around === undefined, 'name either before or around'));
export type HistoryQuery = z.infer<typeof historyQuery>;
export const syncQuery = z.object({
  conversation_id: uuid,
  after_message_id: z._default(z.coerce.number().check(z.int(), z.gte(0)), 0),
  limit: count(SYNC_ENTRIES_MAX, SYNC_ENTRIES_MAX),
});
export const socketQuery = z.object({
  device_id: uuid,
  after_message_id: z._default(z.coerce.number().check(z.int(), z.gte(0)), 0),
  ticket: z.optional(z.string().check(z.maxLength(400))),
  /** Whose connection it is meant to be: another's credential is refused. */
  user: z.optional(uuid),
});
