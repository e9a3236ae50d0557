/** When each member's inbox is told, and when the archive is due: tables of instants. */
import { describe, expect, it } from 'vitest';
import { ARCHIVE_DELAY_MS, ARCHIVE_ENTRIES, archived, archiveDueAt, archiveFailed } from '../../../durable/conversation/archive.ts';
import { dueAt, failed, told, untold, type Mark } from '../../../durable/conversation/fanout.ts';

const mark = (more: Partial<Mark> = {}): Mark => ({ told: 5, read: 3, at: 100_000, failures: 0, ...more });

describe('[P4] a member’s inbox is due', () => {
  it.each([
    ['that has everything: never', mark(), 5, 3, 'away', null],
    ['that has more than everything: never', mark({ told: 6 }), 5, 3, 'away', null],
    ['with one entry lacking, open elsewhere: every quarter second', mark(), 6, 3, 'elsewhere', 100_250],
    ['with one entry lacking, away: every second', mark(), 6, 3, 'away', 101_000],
    ['with one entry lacking, here: with the archive', mark(), 6, 3, 'here', 110_000],
    ['with only the own read position lacking: the same', mark(), 5, 4, 'away', 101_000],
    ['never told anything, of an empty log: at once', untold, 0, 0, 'away', 1_000],
    ['after a failure: backed off, wherever the user is', mark({ failures: 1 }), 6, 3, 'elsewhere', 110_000],
    ['after three failures', mark({ failures: 3 }), 6, 3, 'here', 140_000],
  ] as const)('%s', (_title, at, head, read, place, expected) => expect(dueAt(at, { head, read, place })).toBe(expected));

  it('moves only forward when it was told, and keeps what it has when it failed', () => {
    expect(told(mark({ failures: 2 }), 9, 4, 7)).toEqual({ told: 9, read: 4, at: 7, failures: 0 });
    expect(told(mark(), 2, 1, 7)).toEqual({ told: 5, read: 3, at: 7, failures: 0 });
    expect(failed(mark({ failures: 2 }), 7)).toEqual({ told: 5, read: 3, at: 7, failures: 3 });
  });
});

describe('[P5] the archive is due', () => {
  const progress = { archived_to: 10, archive_failures: 0, archive_retry_at: 0 };
  it.each([
    ['with nothing waiting: never', progress, 10, null, null],
    ['with one entry: ten seconds after it was written', progress, 11, 1_000, 1_000 + ARCHIVE_DELAY_MS],
    ['with 99 entries: the same', progress, 10 + ARCHIVE_ENTRIES - 1, 1_000, 1_000 + ARCHIVE_DELAY_MS],
    ['with 100 entries: at once', progress, 10 + ARCHIVE_ENTRIES, 1_000, 1_000],
    [
      'after a failure: not before its time',
      { ...progress, archive_failures: 1, archive_retry_at: 50_000 },
      10 + ARCHIVE_ENTRIES,
      1_000,
      50_000,
    ],
    ['after a failure long ago', { ...progress, archive_failures: 1, archive_retry_at: 500 }, 11, 1_000, 1_000 + ARCHIVE_DELAY_MS],
  ])('%s', (_title, at, head, oldestAt, expected) => expect(archiveDueAt(at, head, oldestAt)).toBe(expected));

  it('a failure moves no watermark and backs off; a success clears it', () => {
    const once = archiveFailed(progress, 1_000);
    expect(once).toEqual({ archived_to: 10, archive_failures: 1, archive_retry_at: 11_000 });
    expect(archiveFailed(once, 1_000)).toEqual({ archived_to: 10, archive_failures: 2, archive_retry_at: 21_000 });
    expect(archived(12)).toEqual({ archived_to: 12, archive_failures: 0, archive_retry_at: 0 });
  });
});
