/**
 * Writes the timeline to the storage in batches: while one is being written, the next gathers.
 * Invariant: a batch holds all that changed up to its cursor. A failed write is tried with the next change:
 * the copy on the device then lags, and the next start fetches what it lacks.
 */
import type { Message } from '../../protocol/message.ts';
import type { ClientStorage, Cursor, Details, TimelineSave } from './storage.ts';

export interface Keeper {
  note(changed: readonly Message[], cursor: Cursor): void;
  noteDetails(details: Details, cursor: Cursor): void;
  /** Whatever was noted is void, and so is what is stored. */
  reset(): void;
  /** Resolves when nothing waits to be written, or writing fails. */
  flush(): Promise<void>;
}

export function createKeeper(storage: ClientStorage, owner: string, id: string, onKept: (last: number) => void): Keeper {
  const dirty = new Map<number, Message>();
  let cursor: Cursor | undefined;
  let details: Details | undefined;
  let reset = false;
  /** Rises when what was noted becomes void, so that a failed write does not bring it back. */
  let version = 0;
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    // The log's epoch comes with the hello; a copy without it could not be told from another log's.
    while (cursor !== undefined && cursor.epoch !== null) {
      const save: TimelineSave = { cursor, put: [...dirty.values()], reset, ...(details && { details }) };
      const mine = version;
      dirty.clear();
      cursor = details = undefined;
      reset = false;
      try {
        await storage.saveTimeline(owner, id, save);
      } catch {
        if (mine !== version) continue;
        for (const message of save.put) if (!dirty.has(message.message_id)) dirty.set(message.message_id, message);
        cursor ??= save.cursor;
        details ??= save.details;
        reset ||= save.reset;
        return;
      }
      onKept(save.cursor.last);
    }
  }

  function flush(): Promise<void> {
    return (writing ??= write().finally(() => (writing = undefined)));
  }

  return {
    note(changed, next) {
      for (const message of changed) dirty.set(message.message_id, message);
      cursor = { epoch: next.epoch, first: next.first, last: next.last };
      void flush();
    },
    noteDetails(next, { epoch, first, last }) {
      details = next;
      cursor ??= { epoch, first, last };
      // Without an epoch nothing can be written yet, and a write that comes to nothing would be in the way of the next.
      if (epoch !== null) void flush();
    },
    reset() {
      dirty.clear();
      cursor = details = undefined;
      reset = true;
      version++;
    },
    flush,
  };
}
