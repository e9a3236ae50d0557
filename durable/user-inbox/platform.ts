/** What a user's object needs of the world, from the real one: the runtime's sockets and timers, other objects, D1, the queue. */
import { RELAXED_FACTOR } from '../../protocol/limits.ts';
import { contactPolicy } from '../../protocol/reach.ts';
import { mirrorRelation, relationIds } from '../../store/contacts.ts';
import { isOurs } from '../../store/database.ts';
import { presenceFacts } from '../../store/presence.ts';
import type { Bindings } from '../bindings.ts';
import type { Alarms } from '../kit/alarms.ts';
import { CALL_TIMEOUT_MS, logError, logInfo, withTimeout } from '../kit/calls.ts';
import type { Database } from '../kit/database.ts';
import { sha256 } from '../kit/hash.ts';
import { Tables } from '../kit/migrate.ts';
import type { PushAddressApi } from '../push-address.ts';
import type { Platform } from './assembly.ts';
import { findPair } from '../pair.ts';
import { DeviceStore } from './devices/store.ts';
import { permissionOf } from './presence.ts';
import { PresenceStore } from './presence-store.ts';
import { PushStore } from './push-store.ts';
import { ReachStore } from './reach/store.ts';
import { MIGRATIONS } from './schema.ts';
import { LegacySessions } from './sessions/legacy.ts';
import { SessionStore } from './sessions/store.ts';
import { InboxStore } from './store.ts';
import { SweepStore } from './sweeps/store.ts';

/** Well below what a conversation waits for a delivery: a slow queue must not repeat the delivery. */
const ENQUEUE_TIMEOUT_MS = 3_000;

export function cloudflare(ctx: DurableObjectState, env: Bindings, db: Database, alarms: Alarms): Platform {
  const tables = new Tables(db, MIGRATIONS);
  const sessionStore = new SessionStore(db, tables);
  const conversation = (id: string) => env.CONVERSATION.get(env.CONVERSATION.idFromName(id));
  const inbox = (id: string) => env.USER_INBOX.get(env.USER_INBOX.idFromName(id));
  // Wrapped: a stub that an async function answers would be asked whether it is a promise.
  const pushAddress = async (place: string): Promise<{ stub: DurableObjectStub<PushAddressApi> }> => ({
    stub: env.PUSH_ADDRESS.get(env.PUSH_ADDRESS.idFromName(await sha256(place))),
  });
  const call = <T>(what: string, work: PromiseLike<T>): Promise<T> => withTimeout(work, CALL_TIMEOUT_MS, what);
  const userId = (): string => {
    if (ctx.id.name === undefined) throw new Error('a user inbox is reached by the name of its user');
    return ctx.id.name;
  };
  return {
    store: new InboxStore(db, tables),
    deviceStore: new DeviceStore(db, tables),
    sweepStore: new SweepStore(db, tables),
    presenceStore: new PresenceStore(db, tables),
    pushStore: new PushStore(db),
    reachStore: new ReachStore(db, tables),
    sessionStore,
    legacySessions: new LegacySessions(db, tables, sessionStore),
    alarms,
    sockets: ctx.getWebSockets(),
    pingedAt: (socket) => ctx.getWebSocketAutoResponseTimestamp(socket as WebSocket)?.getTime() ?? 0,
    userId,
    conversations: {
      exact: (id, live) => call('exact', conversation(id).exact(userId(), { live })),
      delivered: (id, messageId) => call('delivered', conversation(id).delivered(userId(), messageId)),
      closeSockets: (id, whose) => call('closeSockets', conversation(id).closeSockets({ user_id: userId(), ...whose })),
      setReadReceipts: (id, on) => call('setReadReceipts', conversation(id).setReadReceipts(userId(), on)),
    },
    pushAddresses: {
      claim: async (place) => call('claim', (await pushAddress(place)).stub.claim(userId(), place)),
      release: async (place) => call('release', (await pushAddress(place)).stub.release(userId())),
    },
    peers: {
      watch: (id, watch) => call('watch', inbox(id).watch(watch)),
      unwatch: (id, watcherId) => call('unwatch', inbox(id).unwatch(watcherId)),
      news: (id, news) => call('presenceNews', inbox(id).presenceNews(news)),
    },
    permissions: async (own, others, known) => {
      const rows = await call('permissions', presenceFacts(env.DB, own, others, known));
      return new Map(
        rows.map((row) => [
          row.user_id,
          permissionOf(
            {
              shares_conversation: row.shares_conversation === 1,
              blocked: row.blocked === 1,
              own_last_seen: row.own_last_seen,
              their_last_seen: row.their_last_seen,
              they_in_own_contacts: row.they_in_own_contacts === 1,
              own_in_their_contacts: row.own_in_their_contacts === 1,
            },
            contactPolicy(env.CONTACT_POLICY),
          ),
        ]),
      );
    },
    policy: contactPolicy(env.CONTACT_POLICY),
    mirror: {
      readMirror: (what, after, limit) => relationIds(env.DB, what === 'contact' ? 'contacts' : 'blocks', userId(), after, limit),
      writeMirror: async (otherId, relation) => {
        try {
          await mirrorRelation(env.DB, userId(), otherId, relation, Date.now());
        } catch (error) {
          if (!isOurs(error)) throw error;
          // One of the two is no user there any more: it would fail again.
          logError('mirror_refused', error);
        }
      },
    },
    tellPair: async (otherId, blocked, version) => {
      const { conversation_id } = await call('findPair', findPair(env, userId(), otherId));
      await call('setBlocked', conversation(conversation_id).setBlocked(userId(), blocked, version));
    },
    enqueue: async (job, delaySeconds) => {
      await withTimeout(env.PUSH_QUEUE.send(job, { delaySeconds }), ENQUEUE_TIMEOUT_MS, 'enqueue');
    },
    rateFactor: env.LIMITS === 'relaxed' ? RELAXED_FACTOR : 1,
    now: () => Date.now(),
    schedule: (callback, delayMs) => void setTimeout(callback, delayMs),
    onError: (event, error) => logError(event, error),
    onRefused: ({ code, detail }, unlogged) => logInfo('frame_refused', { code, detail, ...(unlogged === 0 ? {} : { unlogged }) }),
  };
}
