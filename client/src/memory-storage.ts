/** The storage in memory: the same rules as on a disk. */
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

interface Kept {
  cursor?: Cursor;
  messages: Map<number, Message>;
  details: Details | null;
}

/** Forgets everything with the process: for tests, bots and private windows. */
export function memoryStorage(): ClientStorage {
  const values = new Map<string, string>();
  const timelines = new Map<string, Kept>();
  const outboxes = new Map<string, Map<string, QueuedFrame>>();
  const inboxes = new Map<string, { cursor: string; rows: Map<string, KeptRow> }>();
  const drafts = new Map<string, Map<string, KeptDraft>>();
  const key = (owner: string, id: string) => `${owner}/${id}`;
  return {
    value: async (name) => values.get(name) ?? null,
    setValue: async (name, value) => void values.set(name, value),
    async timeline(owner, id) {
      const kept = timelines.get(key(owner, id));
      if (!kept?.cursor) return null;
      const messages = [...kept.messages.values()].toSorted((one, other) => one.message_id - other.message_id);
      return structuredClone(loaded(kept.cursor, messages, kept.details));
    },
    async saveTimeline(owner, id, save) {
      const kept = save.reset ? undefined : timelines.get(key(owner, id));
      const next: Kept = kept ?? { messages: new Map(), details: null };
      if (isForeign(save.cursor, next.cursor)) return;
      for (const message of save.put) {
        if (isLaterState(message, next.messages.get(message.message_id))) next.messages.set(message.message_id, structuredClone(message));
      }
      if (supersedes(save.cursor, next.cursor)) next.cursor = { ...save.cursor };
      if (save.details) next.details = structuredClone(save.details);
      timelines.set(key(owner, id), next);
    },
    async append(owner, id, entries) {
      const kept = timelines.get(key(owner, id));
      if (!kept?.cursor) return;
      const next = following(kept.cursor, entries);
      const save = continued(
        kept.cursor,
        structuredClone(next),
        targetsOf(next).map((number) => kept.messages.get(number)),
      );
      for (const message of save.put) kept.messages.set(message.message_id, message);
      kept.cursor = save.cursor;
    },
    async inbox(owner) {
      const { cursor, rows } = inboxes.get(owner) ?? { cursor: '', rows: new Map<string, KeptRow>() };
      return structuredClone({ cursor, rows: [...rows.values()] });
    },
    async saveInbox(owner, { put, remove, cursor, reset }) {
      const now = inboxes.get(owner) ?? { cursor: '', rows: new Map<string, KeptRow>() };
      if (reset) now.rows.clear();
      for (const id of remove) now.rows.delete(id);
      for (const kept of put) {
        const id = kept.row.conversation_id;
        now.rows.set(id, structuredClone(laterRow(kept, now.rows.get(id))));
      }
      inboxes.set(owner, { ...now, cursor: cursor ?? now.cursor });
    },
    drafts: async (owner) => structuredClone([...(drafts.get(owner)?.values() ?? [])]),
    async putDraft(owner, draft) {
      drafts.set(owner, new Map(drafts.get(owner)).set(draft.conversation_id, { ...draft }));
    },
    removeDraft: async (owner, id) => void drafts.get(owner)?.delete(id),
    async outbox(owner, id) {
      return structuredClone([...(outboxes.get(key(owner, id))?.values() ?? [])].toSorted(inSendingOrder));
    },
    async putOutbox(owner, id, frames) {
      const box = outboxes.get(key(owner, id)) ?? new Map<string, QueuedFrame>();
      for (const queued of frames) box.set(queued.frame.global_id, structuredClone(queued));
      outboxes.set(key(owner, id), box);
    },
    async removeOutbox(owner, id, globalIds) {
      const box = outboxes.get(key(owner, id));
      for (const globalId of globalIds) box?.delete(globalId);
      if (box?.size === 0) outboxes.delete(key(owner, id));
    },
    async outboxes(owner) {
      return [...outboxes.keys()].filter((name) => name.startsWith(`${owner}/`)).map((name) => name.slice(owner.length + 1));
    },
    async forget() {
      for (const kept of [values, timelines, outboxes, inboxes, drafts]) kept.clear();
    },
    close: async () => {},
  };
}
