/**
 * The storage in IndexedDB (by `idb`): browsers and web workers.
 * Keys are `[owner, conversation, number]`, so one conversation is one range.
 * A save is one transaction: data first, then the cursor.
 */
import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Message } from '../../protocol/message.ts';
import {
  continued,
  following,
  inSendingOrder,
  isForeign,
  isLaterState,
  laterRow,
  loaded,
  supersedes,
  targetsOf,
  type ClientStorage,
  type Cursor,
  type Details,
  type KeptDraft,
  type KeptRow,
  type QueuedFrame,
} from './storage.ts';

interface Schema extends DBSchema {
  values: { key: string; value: string };
  cursors: { key: [string, string]; value: Cursor };
  details: { key: [string, string]; value: Details };
  messages: { key: [string, string, number]; value: Message };
  outbox: { key: [string, string, string]; value: QueuedFrame };
  inbox: { key: [string, string]; value: KeptRow };
  drafts: { key: [string, string]; value: KeptDraft };
}

/** The stores that each version added. */
const STORES = [
  ['values', 'cursors', 'details', 'messages', 'outbox'],
  ['inbox', 'drafts'],
] as const;

/** Opens (and makes) the database at the first use. `name`: one per app and server. */
export function indexedDbStorage(name: string): ClientStorage {
  let opening: Promise<IDBPDatabase<Schema>> | undefined;
  let forgotten = false;
  const database = async () => {
    // A write that was under way must not bring the database back.
    if (forgotten) throw new Error('this storage has been forgotten');
    return (opening ??= open(name, () => (opening = undefined)));
  };
  /** Undefined: there is none, for this page or at all. */
  const readable = async () => database().catch(() => undefined);
  const close = async () => {
    (await opening)?.close();
    opening = undefined;
  };
  return {
    value: async (key) => (await (await readable())?.get('values', key)) ?? null,
    async setValue(key, value) {
      await (await database()).put('values', value, key);
    },
    async timeline(owner, id) {
      const transaction = (await readable())?.transaction(['cursors', 'details', 'messages']);
      if (!transaction) return null;
      const [cursor, details] = await Promise.all([
        transaction.objectStore('cursors').get([owner, id]),
        transaction.objectStore('details').get([owner, id]),
      ]);
      if (!cursor) return null;
      // A range that ends before it begins is an error there, not an empty one.
      const range = cursor.last < cursor.first ? null : IDBKeyRange.bound([owner, id, cursor.first], [owner, id, cursor.last]);
      const messages = range === null ? [] : await transaction.objectStore('messages').getAll(range);
      return loaded(cursor, messages, details ?? null);
    },
    async saveTimeline(owner, id, save) {
      const transaction = (await database()).transaction(['cursors', 'details', 'messages'], 'readwrite', { durability: 'relaxed' });
      const messages = transaction.objectStore('messages');
      const cursors = transaction.objectStore('cursors');
      if (save.reset) {
        void messages.delete(IDBKeyRange.bound([owner, id], [owner, id, []]));
        void cursors.delete([owner, id]);
      }
      const now = await cursors.get([owner, id]);
      if (!isForeign(save.cursor, now)) {
        const before = await Promise.all(save.put.map(({ message_id }) => messages.get([owner, id, message_id])));
        for (const [index, message] of save.put.entries()) {
          if (isLaterState(message, before[index])) void messages.put(message, [owner, id, message.message_id]);
        }
        if (supersedes(save.cursor, now)) void cursors.put(save.cursor, [owner, id]);
        if (save.details) void transaction.objectStore('details').put(save.details, [owner, id]);
      }
      await transaction.done;
    },
    async append(owner, id, entries) {
      const transaction = (await database()).transaction(['cursors', 'messages'], 'readwrite', { durability: 'relaxed' });
      const messages = transaction.objectStore('messages');
      const now = await transaction.objectStore('cursors').get([owner, id]);
      const next = now ? following(now, entries) : [];
      if (now && next.length > 0) {
        const stored = await Promise.all(targetsOf(next).map((number) => messages.get([owner, id, number])));
        const { cursor, put } = continued(now, next, stored);
        for (const message of put) void messages.put(message, [owner, id, message.message_id]);
        void transaction.objectStore('cursors').put(cursor, [owner, id]);
      }
      await transaction.done;
    },
    async inbox(owner) {
      const transaction = (await readable())?.transaction(['values', 'inbox']);
      if (!transaction) return { cursor: '', rows: [] };
      const [cursor, rows] = await Promise.all([
        transaction.objectStore('values').get(inboxCursorOf(owner)),
        transaction.objectStore('inbox').getAll(allOf(owner)),
      ]);
      return { cursor: cursor ?? '', rows };
    },
    async saveInbox(owner, { put, remove, cursor, reset }) {
      const transaction = (await database()).transaction(['values', 'inbox'], 'readwrite', { durability: 'relaxed' });
      const rows = transaction.objectStore('inbox');
      if (reset) void rows.delete(allOf(owner));
      for (const id of remove) void rows.delete([owner, id]);
      await Promise.all(
        put.map(async (kept) => {
          const key: [string, string] = [owner, kept.row.conversation_id];
          await rows.put(laterRow(kept, await rows.get(key)), key);
        }),
      );
      if (cursor !== undefined) void transaction.objectStore('values').put(cursor, inboxCursorOf(owner));
      await transaction.done;
    },
    drafts: async (owner) => (await (await readable())?.getAll('drafts', allOf(owner))) ?? [],
    async putDraft(owner, draft) {
      const transaction = (await database()).transaction('drafts', 'readwrite', { durability: 'relaxed' });
      void transaction.store.put(draft, [owner, draft.conversation_id]);
      // Said at once, so that it is written even if the page goes away before it hears so.
      transaction.commit();
      await transaction.done;
    },
    async removeDraft(owner, id) {
      await (await database()).delete('drafts', [owner, id]);
    },
    async outbox(owner, id) {
      const frames = await (await readable())?.getAll('outbox', outboxOf(owner, id));
      return (frames ?? []).toSorted(inSendingOrder);
    },
    async putOutbox(owner, id, frames) {
      const transaction = (await database()).transaction('outbox', 'readwrite', { durability: 'strict' });
      for (const queued of frames) void transaction.store.put(queued, [owner, id, queued.frame.global_id]);
      await transaction.done;
    },
    async removeOutbox(owner, id, globalIds) {
      const transaction = (await database()).transaction('outbox', 'readwrite', { durability: 'relaxed' });
      for (const globalId of globalIds) void transaction.store.delete([owner, id, globalId]);
      await transaction.done;
    },
    async outboxes(owner) {
      const keys = (await (await readable())?.getAllKeys('outbox', allOf(owner))) ?? [];
      return [...new Set(keys.map(([, id]) => id))];
    },
    async forget() {
      forgotten = true;
      await close();
      await deleteDB(name);
    },
    close,
  };
}

const inboxCursorOf = (owner: string): string => `inbox_cursor/${owner}`;
const allOf = (owner: string): IDBKeyRange => IDBKeyRange.bound([owner], [owner, []]);

function outboxOf(owner: string, id: string): IDBKeyRange {
  // An array sorts after every string, so it closes the range.
  return IDBKeyRange.bound([owner, id], [owner, id, []]);
}

function open(name: string, onLost: () => void): Promise<IDBPDatabase<Schema>> {
  const opening = openDB<Schema>(name, STORES.length, {
    upgrade(database, from) {
      for (const store of STORES.slice(from).flat()) database.createObjectStore(store);
    },
    // A newer tab wants to upgrade: let it, and open anew at the next use.
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
      onLost();
    },
    terminated: onLost,
  });
  opening.catch(onLost);
  return opening;
}
