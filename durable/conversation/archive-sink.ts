/** Carries the log to D1, batch by batch. One batch is under way at a time; its watermark moves when it is stored. */
import { CALL_TIMEOUT_MS } from '../kit/calls.ts';
import { ALONE_FAILURES, archiveDueAt, archiveGoes, batchAfter, probeOf, rowsAfter } from './archive.ts';
import type { Progress } from './progress.ts';
import type { EntryRecord } from './schema.ts';
import type { ConversationStore } from './store.ts';
import type { LogWriter } from './writer.ts';

export interface ArchiveSinkDeps {
  store: ConversationStore;
  writer: LogWriter;
  progress: Progress;
  /** Null: there is no archive. What it would lack it gets once there is one. */
  archive: ((rows: EntryRecord[]) => Promise<void>) | null;
  /** Deletes a piece of what the archive holds. @returns whether that was all */
  clearArchive(): Promise<boolean>;
  now(): number;
  onError(error: unknown): void;
  /** An entry is skipped from here on. */
  onSetAside(error: unknown): void;
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
    const { archive, progress, writer, store } = this.#deps;
    const { archived_to } = progress.archive;
    const { head } = writer;
    if (archive === null || (head <= archived_to && progress.archive.archive_clearing === 0)) return null;
    return archiveDueAt(progress.archive, {
      head,
      oldestAt: store.timestampAt(archived_to + 1),
      newestAt: progress.archive.archive_failures === 0 ? 0 : (store.timestampAt(head) ?? 0),
    });
  }

  async drain(): Promise<void> {
    const { archive, progress, now } = this.#deps;
    if (archive === null || this.#startedAt !== null) return;
    const due = this.nextAt();
    if (due === null || !archiveGoes(progress.archive, due, now())) return;
    this.#startedAt = now();
    try {
      await (progress.archive.archive_clearing === 1 ? this.#clear() : this.#send(archive));
    } finally {
      this.#startedAt = null;
    }
  }

  async #clear(): Promise<void> {
    const { progress, clearArchive, now, onError } = this.#deps;
    try {
      if (await clearArchive()) progress.archivedTo(0);
    } catch (error) {
      onError(error);
      progress.archiveFailed(now());
    }
  }

  async #send(archive: (rows: EntryRecord[]) => Promise<void>): Promise<void> {
    const { progress, store, now, onError } = this.#deps;
    const { rows, to } = batchAfter(progress.archive.archived_to, store, rowsAfter(progress.archive.archive_failures));
    try {
      await archive(rows);
      progress.archivedTo(to);
    } catch (error) {
      onError(error);
      if (progress.archive.archive_failures >= ALONE_FAILURES && (await this.#takesAnother(archive))) this.#setAside(error);
      else progress.archiveFailed(now());
    }
  }

  async #takesAnother(archive: (rows: EntryRecord[]) => Promise<void>): Promise<boolean> {
    const { progress, store, writer } = this.#deps;
    const probe = probeOf(progress.archive, writer.head);
    const entry = probe === null ? undefined : store.entry(probe);
    if (entry === undefined) return false;
    try {
      await archive([entry]);
      return true;
    } catch {
      return false;
    }
  }

  /** What stands at the watermark. The next one is tried alone too, in case it is no better. */
  #setAside(cause: unknown): void {
    const { progress, onSetAside } = this.#deps;
    const number = progress.archive.archived_to + 1;
    if (progress.setAside(number)) onSetAside(new Error(`entry ${number} is not archived`, { cause }));
    progress.archiveSkipped(number);
  }
}
