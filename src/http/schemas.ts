/** Names of the wire's schemas in the OpenAPI document (`#/components/schemas/…`). */
import * as z from 'zod/mini';
import * as accounts from '../../protocol/accounts.ts';
import * as frames from '../../protocol/client-frames.ts';
import * as conversations from '../../protocol/conversations.ts';
import * as devices from '../../protocol/devices.ts';
import { ERROR_CODES } from '../../protocol/errors.ts';
import * as inbox from '../../protocol/inbox.ts';
import * as messages from '../../protocol/message.ts';
import * as serverFrames from '../../protocol/server-frames.ts';

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(ERROR_CODES),
  error_id: z.optional(z.string()),
  retry_after: z.optional(z.number()),
  issues: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
});

const NAMED = {
  Problem: problemSchema,
  PublicProfile: accounts.publicProfile,
  OwnProfile: accounts.ownProfile,
  Privacy: accounts.privacy,
  ProfileChange: accounts.patchProfileBody,
  UserList: accounts.userList,
  ContactList: accounts.contactList,
  Ticket: accounts.ticket,
  Send: frames.sendBody,
  Message: messages.message,
  Reaction: messages.reaction,
  Conversation: conversations.conversation,
  ConversationRow: conversations.conversationRow,
  ConversationList: conversations.conversationList,
  LastMessage: conversations.lastMessage,
  MessagePage: conversations.messagePage,
  Stored: conversations.stored,
  InboxPage: inbox.inboxPage,
  Settings: inbox.settingsBody,
  Draft: inbox.draft,
  Device: devices.device,
  PushAddress: devices.pushAddress,
  PushDecision: devices.pushDecision,
  Member: serverFrames.member,
  Receipt: serverFrames.receipt,
} as const;

/** Once per isolate is enough, and more does no harm. */
export function nameSchemas(more: Record<string, z.ZodMiniType>): void {
  for (const [name, schema] of Object.entries({ ...NAMED, ...more })) z.globalRegistry.add(schema, { ref: name });
}
