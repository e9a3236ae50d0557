/** Puts a conversation's modules together and hands them the platform: time, timers, sockets, other objects, D1. */
import { RELAXED_FACTOR } from '../../protocol/limits.ts';
import { archiveMessages, shardOf } from '../../store/archive.ts';
import { archiveShards, type Bindings } from '../bindings.ts';
import type { Alarms } from '../kit/alarms.ts';
import { logError, withTimeout } from '../kit/calls.ts';
import type { Creation } from './api.ts';
import { Connections } from './connections.ts';
import { Outbox } from './outbox.ts';
import { Progress } from './progress.ts';
import { Room } from './room.ts';
import type { MemberRecord } from './schema.ts';
import { Signals } from './signals.ts';
import { Sockets } from './sockets.ts';
import type { ConversationStore } from './store.ts';
import { LogWriter } from './writer.ts';

export interface Assembly {
  writer: LogWriter;
  connections: Connections;
  room: Room;
  signals: Signals;
  sockets: Sockets;
  outbox: Outbox;
  reader(): { store: ConversationStore; conversationId: string; head: number };
}

export interface Platform {
  ctx: DurableObjectState;
  env: Bindings;
  store: ConversationStore;
  alarms: Alarms;
}

const CALL_TIMEOUT_MS = 10_000;
/** A conversation socket without a ping for this long is not fresh: its user may be gone. */
const FRESH_MS = 12_000;

export function assemble({ ctx, env, store, alarms }: Platform): Assembly {
  const now = (): number => Date.now();
  const schedule = (callback: () => void, delayMs: number): void => void setTimeout(callback, delayMs);
  const rateFactor = env.LIMITS === 'relaxed' ? RELAXED_FACTOR : 1;
  const writer = new LogWriter(store, (error) => logError('commit_failed', error));
  const progress = new Progress(store);
  const connections = new Connections(ctx.getWebSockets());
  const outbox = new Outbox({
    store,
    writer,
    progress,
    deliver: (delivery) => withTimeout(env.USER_INBOX.get(env.USER_INBOX.idFromName(delivery.user_id)).deliver(delivery), CALL_TIMEOUT_MS, 'deliver'),
    archive: (rows) => {
      const { conversation_id } = writer.record;
      return withTimeout(archiveMessages(shardOf(archiveShards(env), conversation_id), conversation_id, rows), CALL_TIMEOUT_MS, 'archive');
    },
    here: () => freshUsers(ctx, connections, now()),
    arm: (at) => alarms.arm(at),
    now,
    schedule,
    onError: (error) => logError('drain_failed', error),
  });
  const signals = new Signals({
    connections,
    receipts: progress.receipts,
    head: () => writer.head,
    isMember: (userId) => writer.members.has(userId),
    readMoved: () => outbox.nudge(),
    rateFactor,
    now,
    schedule,
  });
  const room = new Room({ writer, progress, connections, outbox, signals, rateFactor, now, soon: (callback) => schedule(callback, 0) });
  const sockets = new Sockets({ room, writer, store, progress, connections, rateFactor, now });
  const reader = (): ReturnType<Assembly['reader']> => ({ store, conversationId: writer.record.conversation_id, head: writer.head });
  return { writer, connections, room, signals, sockets, outbox, reader };
}

/** Writes a conversation that does not exist yet. Its log is empty: creation is no change. */
export function createConversation(store: ConversationStore, creation: Creation, now: number): void {
  const { conversation_id, kind, title, creator_id, member_ids, blocked_by } = creation;
  const userIds = [...new Set([creator_id, ...member_ids])];
  const members = userIds.map((user_id, index): MemberRecord => {
    const role = kind === 'group' && user_id === creator_id ? 'owner' : 'member';
    return { user_id, role, joined_message_id: 0, seniority: index + 1 };
  });
  const record = {
    conversation_id,
    kind,
    title,
    avatar_url: null,
    epoch: crypto.randomUUID(),
    created_at: now,
    blocked_by: JSON.stringify(blocked_by ?? []),
  };
  store.create(record, members, Progress.initial(userIds));
}

function freshUsers(ctx: DurableObjectState, connections: Connections, now: number): Set<string> {
  const fresh = new Set<string>();
  for (const { socket, attachment } of connections.all()) {
    const pingAt = ctx.getWebSocketAutoResponseTimestamp(socket as WebSocket)?.getTime() ?? 0;
    if (now - Math.max(pingAt, attachment.opened_at) <= FRESH_MS) fresh.add(attachment.user_id);
  }
  return fresh;
}
