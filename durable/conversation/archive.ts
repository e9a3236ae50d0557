/**
 * When the log's projection in D1 is due, and which entries go: pure. The log is the outbox:
 * a watermark says how far the archive has got. It moves only after a batch is stored, and a
 * repeated batch does no harm.
 */
import { backoffMs } from '../kit/alarms.ts';
import type { ProgressRecord } from './schema.ts';

export const ARCHIVE_ENTRIES = 100;
/** At the latest. */
export const ARCHIVE_DELAY_MS = 10_000;
/** Half of that old, it goes along with whatever else is due: one alarm less, which is a row. */
export const ARCHIVE_RIDE_MS = 5_000;
/** D1 takes bound values of up to 2 MB. */
export const ARCHIVE_CHARACTERS_MAX = 400_000;

type ArchiveProgress = Pick<ProgressRecord, 'archived_to' | 'archive_failures' | 'archive_retry_at'>;

/** @param oldestAt when the first entry that waits was written. Null: nothing waits. */
export function archiveDueAt(progress: ArchiveProgress, head: number, oldestAt: number | null): number | null {
  const waiting = head - progress.archived_to;
  if (waiting <= 0 || oldestAt === null) return null;
  const due = waiting >= ARCHIVE_ENTRIES ? oldestAt : oldestAt + ARCHIVE_DELAY_MS;
  return progress.archive_failures > 0 ? Math.max(due, progress.archive_retry_at) : due;
}

/** Whether a drain that runs now takes it along. */
export const archiveGoes = (progress: ArchiveProgress, dueAt: number, now: number): boolean =>
  dueAt <= now + (progress.archive_failures > 0 ? 0 : ARCHIVE_DELAY_MS - ARCHIVE_RIDE_MS);

export const archived = (to: number): ArchiveProgress => ({ archived_to: to, archive_failures: 0, archive_retry_at: 0 });

export function archiveFailed(progress: ArchiveProgress, now: number): ArchiveProgress {
  const failures = progress.archive_failures + 1;
  return { archived_to: progress.archived_to, archive_failures: failures, archive_retry_at: now + backoffMs(failures) };
}
