/**
 * When the log's projection in D1 is due, and which entries go: pure. The log is the outbox: a watermark says how
 * far the archive has got. It moves only after a batch is stored, and a repeated batch does no harm. A batch is
 * bounded in rows and bytes whatever was edited or deleted.
 */
import { backoffMs, retryDueAt } from '../kit/alarms.ts';
import { archiveBytes } from '../../store/archive.ts';
import type { EntryRecord, ProgressRecord } from './schema.ts';

/** Of one batch, which is one statement; so many entries are due at once. */
export const ARCHIVE_ROWS_MAX = 100;
/** Of UTF-8 as it goes to D1, which takes values of up to 2 MB. One entry with its target goes whatever its size. */
export const ARCHIVE_BYTES_MAX = 400_000;
/** At the latest. */
export const ARCHIVE_DELAY_MS = 10_000;
/** Half of that old, it goes along with whatever else is due: one alarm less, which is a row. */
export const ARCHIVE_RIDE_MS = 5_000;
/** So many failures in a row, and batches have been halved to single entries. */
export const ALONE_FAILURES = 7;

export type ArchiveProgress = Pick<ProgressRecord, 'archived_to' | 'archive_failures' | 'archive_retry_at' | 'archive_clearing'>;

/** What is in the log and what is not in the archive. */
export interface Waiting {
  head: number;
  /** When the first entry that waits was written; null: none waits. */
  oldestAt: number | null;
  /** When the head was written. */
  newestAt: number;
}

/** Null: nothing waits, or it has been given up until something happens. */
export function archiveDueAt(progress: ArchiveProgress, { head, oldestAt, newestAt }: Waiting): number | null {
  const { archived_to, archive_failures, archive_retry_at, archive_clearing } = progress;
  if (archive_clearing === 1) return archive_failures === 0 ? 0 : retryDueAt(archive_failures, archive_retry_at, newestAt);
  const waiting = head - archived_to;
  if (waiting <= 0 || oldestAt === null) return null;
  const due = waiting >= ARCHIVE_ROWS_MAX ? oldestAt : oldestAt + ARCHIVE_DELAY_MS;
  if (archive_failures === 0) return due;
  const retryAt = retryDueAt(archive_failures, archive_retry_at, newestAt);
  return retryAt === null ? null : Math.max(due, retryAt);
}

/** Whether a drain that runs now takes it along. */
export const archiveGoes = (progress: ArchiveProgress, dueAt: number, now: number): boolean =>
  dueAt <= now + (progress.archive_failures > 0 ? 0 : ARCHIVE_DELAY_MS - ARCHIVE_RIDE_MS);

export const archived = (to: number): ArchiveProgress => ({
  archived_to: to,
  archive_failures: 0,
  archive_retry_at: 0,
  archive_clearing: 0,
});

export function archiveFailed(progress: ArchiveProgress, now: number): ArchiveProgress {
  const archive_failures = progress.archive_failures + 1;
  return { ...progress, archive_failures, archive_retry_at: now + backoffMs(archive_failures) };
}

/** A batch that is refused may be too large: half as many entries each time. */
export const rowsAfter = (failures: number): number => Math.max(1, ARCHIVE_ROWS_MAX >> failures);

/**
 * While single entries fail, another one is tried too, each time one further: when D1 takes that one, it is the
 * entry that is amiss and not D1. Null: there is no other.
 */
export function probeOf({ archived_to, archive_failures }: ArchiveProgress, head: number): number | null {
  const number = Math.min(head, archived_to + 2 + archive_failures - ALONE_FAILURES);
  return archive_failures < ALONE_FAILURES || number <= archived_to + 1 ? null : number;
}

export interface Batch {
  rows: EntryRecord[];
  to: number;
}

interface Log {
  entriesAfter(after: number, limit: number): Iterable<EntryRecord>;
  entry(messageId: number): EntryRecord | undefined;
}

/** The next rows. A change's target goes along in its present state. */
export function batchAfter(archivedTo: number, log: Log, rowsMax: number): Batch {
  const rows = new Map<number, EntryRecord>();
  let to = archivedTo;
  let bytes = 0;
  for (const entry of log.entriesAfter(archivedTo, rowsMax)) {
    const target = entry.target === null ? undefined : log.entry(entry.target);
    const fresh = (target === undefined ? [entry] : [target, entry]).filter(({ message_id }) => !rows.has(message_id));
    bytes += fresh.reduce((sum, row) => sum + archiveBytes(row), 0);
    if (rows.size > 0 && (rows.size + fresh.length > rowsMax || bytes > ARCHIVE_BYTES_MAX)) break;
    for (const row of fresh) rows.set(row.message_id, row);
    to = entry.message_id;
  }
  return { rows: [...rows.values()], to };
}
