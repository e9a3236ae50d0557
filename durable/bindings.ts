/** What the objects need of the platform. */
import type { ConversationApi } from './conversation/api.ts';
import type { PushAddressApi } from './push-address.ts';
import type { UserInboxApi } from './user-inbox/api.ts';
import type { PushJob } from './user-inbox/push-api.ts';

export interface Bindings {
  DB: D1Database;
  CONVERSATION: DurableObjectNamespace<ConversationApi>;
  USER_INBOX: DurableObjectNamespace<UserInboxApi>;
  PUSH_ADDRESS: DurableObjectNamespace<PushAddressApi>;
  PUSH_QUEUE: Queue<PushJob>;
  LIMITS?: string;
  /** What a conversation's database may hold, in bytes. */
  CONVERSATION_BYTES_MAX?: string;
  /** `requests`: who is not known asks first; else everybody reaches everybody. */
  CONTACT_POLICY?: string;
  /** `d1` when absent; `none`: messages are kept by their conversations only. */
  ARCHIVE?: string;
  /** Names of the D1 bindings that hold the archive of messages, separated by blanks; `DB` when absent. */
  ARCHIVE_SHARDS?: string;
}

/** The databases of the archive, always in the same order. */
export function archiveShards(bindings: Bindings): D1Database[] {
  const names = bindings.ARCHIVE_SHARDS?.split(' ').filter((name) => name !== '') ?? [];
  if (names.length === 0) return [bindings.DB];
  return names.map((name) => {
    const shard = (bindings as unknown as Record<string, D1Database | undefined>)[name];
    if (shard === undefined) throw new Error(`ARCHIVE_SHARDS names ${name}, which is no D1 binding`);
    return shard;
  });
}
