/** What the objects need of the platform. */
import type { ConversationApi } from './conversation/api.ts';
import type { UserInboxApi } from './user-inbox/api.ts';

export interface Bindings {
  DB: D1Database;
  CONVERSATION: DurableObjectNamespace<ConversationApi>;
  USER_INBOX: DurableObjectNamespace<UserInboxApi>;
  LIMITS?: string;
}
