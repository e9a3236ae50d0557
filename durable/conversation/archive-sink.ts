/** Carries the log to D1, batch by batch. One batch is under way at a time; its watermark moves when it is stored. */
import { CALL_TIMEOUT_MS } from '../kit/calls.ts';
import { archiveDueAt, archiveGoes, ARCHIVE_CHARACTERS_MAX, ARCHIVE_ENTRIES } from './archive.ts';
import type { Progress } from './progress.ts';
import type { EntryRecord } from './schema.ts';
import type { ConversationStore } from './store.ts';
import type { LogWriter } from './writer.ts';

export interface ArchiveSinkDeps {
  store: ConversationStore;
  writer: LogWriter;
  progress: Progress;
  archive(rows: EntryRecord[]): Promise<void>;
  now(): number;
  onError(error: unknown): void;
}

export class ArchiveSink {
  readonly #deps: ArchiveSinkDeps;
  /** Null: no batch is under way. */
  #startedAt: number | null = null;

  constructor(deps: ArchiveSinkDeps) {
    this.#deps = deps;
  }

  nextAt(): number | null {
    if (this.#startedAt !== null) return this.#startedAt + CALL_TIMEOUT_MS;
    const { progress, writer, store } = this.#deps;
    const { archived_to } = progress.archive;
    if (writer.head <= archived_to) return null;
    return archiveDueAt(progress.archive, writer.head, store.timestampAt(archived_to + 1));
  }

  async drain(): Promise<void> {
    const { progress, archive, now, onError } = this.#deps;
    if (this.#startedAt !== null) return;
    const due = this.nextAt();
    if (due === null || !archiveGoes(progress.archive, due, now())) return;
    this.#startedAt = now();
    try {
      const { rows, last } = this.#batch();
      try {
        await archive(rows);
        progress.archivedTo(last);
      } catch (error) {
        onError(error);
        progress.archiveFailed(now());
      }
    } finally {
      this.#startedAt = null;
    }
  }

  #batch(): { rows: EntryRecord[]; last: number } {
    const rows = new Map<number, EntryRecord>();
    let last = this.#deps.progress.archive.archived_to;
    let characters = 0;
    for (const entry of this.#deps.store.entriesAfter(last, ARCHIVE_ENTRIES)) {
      if (characters > ARCHIVE_CHARACTERS_MAX) break;
      rows.set(entry.message_id, entry);
      characters += entry.content.length;
      last = entry.message_id;
    }
    for (const entry of [...rows.values()]) this.#addTarget(rows, entry);
    return { rows: [...rows.values()], last };
  }

  /** A change's target goes along in its present state. */
  #addTarget(rows: Map<number, EntryRecord>, entry: EntryRecord): void {
    if (entry.target === null) return;
    const target = this.#deps.store.entry(entry.target);
    if (target !== undefined) rows.set(target.message_id, target);
  }
}
