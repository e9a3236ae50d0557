/**
 * Writes the inbox to the storage in batches: while one is being written, the next gathers.
 * Invariants: entries go before the rows that speak of them, and the cursor with or after the rows; nothing is
 * acknowledged before it is on the disk. A failed write is tried again with the next change.
 */
import type { Message } from '../../protocol/message.ts';
import type { ClientStorage, InboxSave, KeptRow } from './storage.ts';

export interface InboxNote {
  put: readonly KeptRow[];
  remove: readonly string[];
  reset: boolean;
  /** Log entries for a copy that is not open. */
  entries?: { id: string; messages: readonly Message[] };
  /** To be told as delivered once written. */
  delivered?: Iterable<[id: string, messageId: number]>;
  cursor?: string;
}

export interface InboxKeeper {
  note(note: InboxNote): void;
  flush(): Promise<void>;
}

export interface Kept {
  cursor: string | undefined;
  delivered: ReadonlyMap<string, number>;
}

interface Batch {
  rows: Map<string, KeptRow | null>;
  reset: boolean;
  entries: Map<string, Message[]>;
  delivered: Map<string, number>;
  cursor: string | undefined;
}

export function createInboxKeeper(storage: ClientStorage, owner: string, onKept: (kept: Kept) => void): InboxKeeper {
  let waiting = empty();
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    while (!isEmpty(waiting)) {
      const batch = waiting;
      waiting = empty();
      try {
        for (const [id, messages] of batch.entries) await storage.append(owner, id, messages);
        await storage.saveInbox(owner, saveOf(batch));
      } catch {
        waiting = joined(batch, waiting);
        break;
      }
      onKept({ cursor: batch.cursor, delivered: batch.delivered });
    }
    writing = undefined;
  }

  async function flush(): Promise<void> {
    // Nothing to write is no write, which would be in the way of the next.
    await (isEmpty(waiting) ? writing : (writing ??= write()));
  }

  return {
    note({ put, remove, reset, entries, delivered = [], cursor }) {
      waiting = joined(waiting, {
        rows: new Map([
          ...put.map((kept): [string, KeptRow] => [kept.row.conversation_id, kept]),
          ...remove.map((id): [string, null] => [id, null]),
        ]),
        reset,
        entries: new Map(entries && entries.messages.length > 0 ? [[entries.id, [...entries.messages]]] : []),
        delivered: new Map(delivered),
        cursor,
      });
      void flush();
    },
    flush,
  };
}

const empty = (): Batch => ({ rows: new Map(), reset: false, entries: new Map(), delivered: new Map(), cursor: undefined });

const isEmpty = ({ rows, reset, entries, delivered, cursor }: Batch): boolean =>
  rows.size === 0 && !reset && entries.size === 0 && delivered.size === 0 && cursor === undefined;

function joined(one: Batch, then: Batch): Batch {
  const entries = new Map(one.entries);
  for (const [id, messages] of then.entries) entries.set(id, [...(entries.get(id) ?? []), ...messages]);
  return {
    // What went before a reset is void.
    rows: new Map([...(then.reset ? [] : one.rows), ...then.rows]),
    reset: one.reset || then.reset,
    entries,
    delivered: new Map([...one.delivered, ...then.delivered]),
    cursor: then.cursor ?? one.cursor,
  };
}

function saveOf({ rows, reset, cursor }: Batch): InboxSave {
  const put: KeptRow[] = [];
  const remove: string[] = [];
  for (const [id, kept] of rows)
    if (kept) put.push(kept);
    else remove.push(id);
  return { put, remove, reset, ...(cursor !== undefined && { cursor }) };
}
