/** What a conversation needs of the world, from the real one: the runtime's sockets and timers, the users' objects, D1. */
import { CONVERSATION_BYTES_MAX, RELAXED_FACTOR } from '../../protocol/limits.ts';
import { archiveMessages, clearArchive, shardOf } from '../../store/archive.ts';
import { projectMembers } from '../../store/members.ts';
import { archiveShards, type Bindings } from '../bindings.ts';
import type { Alarms } from '../kit/alarms.ts';
import { CALL_TIMEOUT_MS, logError, logInfo, withTimeout } from '../kit/calls.ts';
import type { AskingDeps } from './admission/asking.ts';
import type { Platform } from './assembly.ts';
import type { ConversationStore } from './store.ts';

export function cloudflare(ctx: DurableObjectState, env: Bindings, store: ConversationStore, alarms: Alarms): Platform {
  return {
    store,
    alarms,
    sockets: ctx.getWebSockets(),
    pingedAt: (socket) => ctx.getWebSocketAutoResponseTimestamp(socket as WebSocket)?.getTime() ?? 0,
    deliver: (delivery) =>
      withTimeout(env.USER_INBOX.get(env.USER_INBOX.idFromName(delivery.user_id)).deliver(delivery), CALL_TIMEOUT_MS, 'deliver'),
    archive:
      env.ARCHIVE === 'none'
        ? null
        : (conversationId, rows) =>
            withTimeout(archiveMessages(shardOf(archiveShards(env), conversationId), conversationId, rows), CALL_TIMEOUT_MS, 'archive'),
    clearArchive: (conversationId) =>
      withTimeout(clearArchive(shardOf(archiveShards(env), conversationId), conversationId), CALL_TIMEOUT_MS, 'clear archive'),
    projectMembers: (conversationId, version, userIds) =>
      withTimeout(projectMembers(env.DB, conversationId, version, userIds), CALL_TIMEOUT_MS, 'project members'),
    people: asking(env).people,
    rateFactor: env.LIMITS === 'relaxed' ? RELAXED_FACTOR : 1,
    bytesMax: Number(env.CONVERSATION_BYTES_MAX) || CONVERSATION_BYTES_MAX,
    now: () => Date.now(),
    schedule: (callback, delayMs) => void setTimeout(callback, delayMs),
    onError: (event, error) => logError(event, error),
    onRefused: ({ code, detail }, unlogged) => logInfo('frame_refused', { code, detail, ...(unlogged === 0 ? {} : { unlogged }) }),
  };
}

/** Users' objects, as they are asked before anybody is added. */
export function asking(env: Pick<Bindings, 'USER_INBOX'>): AskingDeps {
  const inbox = (userId: string) => env.USER_INBOX.get(env.USER_INBOX.idFromName(userId));
  return {
    people: {
      mayAdd: (userId, question) => inbox(userId).mayAdd(question),
      mayBeAdded: (userId, question) => inbox(userId).mayBeAdded(question),
      giveBack: (userId, otherId) => inbox(userId).giveBack(otherId),
    },
    now: () => Date.now(),
    onError: (error) => logError('asking_failed', error),
  };
}
