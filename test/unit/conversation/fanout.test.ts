/** When each member's inbox is told, and when the archive is due: tables of instants. */
import { describe, expect, it } from 'vitest';
import {
  ARCHIVE_DELAY_MS,
  ARCHIVE_RIDE_MS,
  ARCHIVE_ROWS_MAX,
  archived,
  archiveDueAt,
  archiveFailed,
  archiveGoes,
} from '../../../durable/conversation/archive.ts';
import {
  called,
  dueAt,
  failed,
  live,
  marksFromJson,
  marksToJson,
  seen,
  told,
  untold,
  type Mark,
  type Situation,
  type Telling,
} from '../../../durable/conversation/fanout.ts';

/** Told at 100 s of everything up to 5, the own read position 3 included. */
const mark = (more: Partial<Mark> = {}): Mark => ({ ...untold, told: 5, searched: more.told ?? 5, read: 3, at: 100_000, ...more });
/** One more entry, written at 200 s. */
const news = (more: Partial<Situation> = {}): Situation => ({
  head: 6,
  read: 3,
  place: 'away',
  lackingSinceAt: 200_000,
  movedAt: 50_000,
  searchedAt: 160_000,
  shown: null,
  ...more,
});
const shown = (to: number, read = 3) => ({ to, read, at: 150_000 });

describe('[P4] a member’s inbox is due', () => {
  const rows: [string, Mark, Situation, number | null][] = [
    ['that has everything: never', mark(), news({ head: 5 }), null],
    ['that has more than everything: never', mark({ told: 7 }), news(), null],
    ['never told anything, of an empty log: at once', untold, news({ head: 0, read: 0 }), 0],

    ['elsewhere: at once after a pause, a quarter of a second after the last', mark(), news({ place: 'elsewhere' }), 100_250],
    ['elsewhere, however long it was away before: the same', mark({ step: 3 }), news({ place: 'elsewhere' }), 100_250],
    ['elsewhere, with only the own read position lacking: the same', mark(), news({ head: 5, read: 4, place: 'elsewhere' }), 100_250],

    ['here: five seconds after what it lacks was written', mark(), news({ place: 'here' }), 205_000],
    [
      'here, while entries keep coming: five seconds after the last telling',
      mark({ at: 202_000 }),
      news({ place: 'here', lackingSinceAt: 201_000 }),
      207_000,
    ],
    [
      'here, with only the own read position lacking: five seconds after the last telling',
      mark(),
      news({ head: 5, read: 4, place: 'here', lackingSinceAt: 0 }),
      105_000,
    ],

    ['away: at once', mark(), news(), 100_000],
    ['away, told once since it went: after ten seconds', mark({ step: 1 }), news(), 110_000],
    ['away, told twice: after a minute', mark({ step: 2 }), news(), 160_000],
    ['away, told three times: after ten minutes', mark({ step: 3 }), news(), 700_000],
    ['away, with only the own read position lacking: the same', mark({ step: 2 }), news({ head: 5, read: 4 }), 160_000],

    ['shown all of it and not stored: again after five seconds', mark(), news({ place: 'elsewhere', shown: shown(6) }), 155_000],
    ['shown all of it, the same away', mark({ step: 3 }), news({ shown: shown(6) }), 155_000],
    ['shown less than there is, elsewhere: in its window', mark(), news({ head: 7, place: 'elsewhere', shown: shown(6) }), 150_250],
    ['shown less than was read, elsewhere: in its window', mark(), news({ read: 4, place: 'elsewhere', shown: shown(6) }), 150_250],
    [
      'shown less than there is, away for long: not later than what was shown',
      mark({ step: 3 }),
      news({ head: 7, shown: shown(6) }),
      155_000,
    ],

    ['after a failure: in two seconds, wherever the user is', mark({ failures: 1 }), news({ place: 'elsewhere' }), 102_000],
    ['after two failures', mark({ failures: 2 }), news({ place: 'here' }), 110_000],
    ['after three failures', mark({ failures: 3 }), news({ place: 'here' }), 160_000],
    ['after 27, which are two hours: five minutes still', mark({ failures: 27 }), news(), 400_000],
    ['after 28: an hour', mark({ failures: 28 }), news(), 3_700_000],
    ['after 50, which are a day: a day', mark({ failures: 50 }), news(), 86_500_000],
    ['after 80, which are a month: a week', mark({ failures: 80 }), news(), 604_900_000],
    ['after however many: a week', mark({ failures: 10_000 }), news(), 604_900_000],
    ['after however many, when something has happened since: five minutes', mark({ failures: 80 }), news({ movedAt: 100_001 }), 400_000],

    ['that has everything, with old entries to look through: in its turn', mark({ searched: 2 }), news({ head: 5 }), 160_250],
    ['the same, when it does not answer', mark({ searched: 2, failures: 1 }), news({ head: 5 }), 102_000],
    ['that lacks something, with old entries to look through: as if it had none', mark({ searched: 2 }), news(), 100_000],
  ];
  it.each(rows)('%s', (_title, at, situation, expected) => expect(dueAt(at, situation)).toBe(expected));
});

describe('[P4] after a telling', () => {
  const telling = (more: Partial<Telling> = {}): Telling => ({
    head: 9,
    read: 4,
    searched: 9,
    place: 'away',
    liveElsewhere: false,
    direct: false,
    ...more,
  });
  const rows: [string, Mark, Mark][] = [
    ['stored, away: one step further', told(mark({ failures: 2 }), telling(), 7), mark({ told: 9, read: 4, at: 7, step: 1 })],
    [
      'stored, away for long: no further than the last step',
      told(mark({ step: 3 }), telling(), 7),
      mark({ told: 9, read: 4, at: 7, step: 3 }),
    ],
    [
      'stored, away for long, a conversation of two: no further than a minute',
      told(mark({ step: 2 }), telling({ direct: true }), 7),
      mark({ told: 9, read: 4, at: 7, step: 2 }),
    ],
    ['mentioned: no longer than ten seconds', called(mark({ step: 3 })), mark({ step: 1 })],
    ['mentioned, when the next is told at once: as it was', called(mark()), mark()],
    ['stored for the first time ever: the first step', told(untold, telling(), 7), mark({ told: 9, read: 4, at: 7 })],
    ['stored, here: the first step', told(mark({ step: 2 }), telling({ place: 'here' }), 7), mark({ told: 9, read: 4, at: 7 })],
    [
      'stored, live elsewhere: the first step, and remembered',
      told(mark({ step: 2 }), telling({ liveElsewhere: true }), 7),
      mark({ told: 9, read: 4, at: 7, elsewhere: true }),
    ],
    [
      'stored, live elsewhere no longer: away from here on, with the first step before it',
      told(mark({ elsewhere: true }), telling({ place: 'elsewhere' }), 7),
      mark({ told: 9, read: 4, at: 7 }),
    ],
    [
      'stored, an older state than was told since: nothing goes back',
      told(mark(), telling({ head: 2, read: 1, searched: 2 }), 7),
      mark({ at: 7, step: 1 }),
    ],
    [
      'stored, with old entries still to be looked through',
      told(mark(), telling({ searched: 6 }), 7),
      mark({ told: 9, searched: 6, read: 4, at: 7, step: 1 }),
    ],
    ['shown only: as untold as before', seen(mark({ failures: 1 }), telling({ liveElsewhere: true })), mark({ elsewhere: true })],
    ['failed: as untold as before', failed(mark({ failures: 2, step: 2 }), 7), mark({ failures: 3, step: 2, at: 7 })],
    ['seen here: the first step, and another try', live(mark({ step: 3, failures: 5 }), false), mark()],
    ['seen here, elsewhere too as far as is known: stays so', live(mark({ step: 3, elsewhere: true }), false), mark({ elsewhere: true })],
    ['gone from here: elsewhere until it is known better', live(mark({ step: 3 }), true), mark({ elsewhere: true })],
  ];
  it.each(rows)('%s', (_title, after, expected) => expect(after).toEqual(expected));
});

describe('marks in the row of progress', () => {
  it('come back as they were, and take little room', () => {
    const marks = new Map([
      ['u', mark({ step: 3, elsewhere: true, failures: 2 })],
      ['v', mark()],
      ['w', mark({ searched: 1 })],
    ]);
    expect(marksFromJson(marksToJson(marks))).toEqual(marks);
    expect(marksToJson(new Map([['v', mark()]]))).toBe('{"v":{"told":5,"read":3,"at":100000}}');
  });

  it('of an earlier version are read as they are', () => {
    expect(marksFromJson('{"u":{"told":5,"read":3,"at":100000,"failures":1}}')).toEqual(new Map([['u', mark({ failures: 1 })]]));
  });
});

describe('[P5] the archive is due', () => {
  const progress = { archived_to: 10, archive_failures: 0, archive_retry_at: 0, archive_clearing: 0 };
  it.each([
    ['with nothing waiting: never', progress, 10, null, null],
    ['with one entry: ten seconds after it was written', progress, 11, 1_000, 1_000 + ARCHIVE_DELAY_MS],
    ['with 99 entries: the same', progress, 10 + ARCHIVE_ROWS_MAX - 1, 1_000, 1_000 + ARCHIVE_DELAY_MS],
    ['with 100 entries: at once', progress, 10 + ARCHIVE_ROWS_MAX, 1_000, 1_000],
    [
      'after a failure: not before its time',
      { ...progress, archive_failures: 1, archive_retry_at: 50_000 },
      10 + ARCHIVE_ROWS_MAX,
      1_000,
      50_000,
    ],
    ['after a failure long ago', { ...progress, archive_failures: 1, archive_retry_at: 500 }, 11, 1_000, 1_000 + ARCHIVE_DELAY_MS],
  ])('%s', (_title, at, head, oldestAt, expected) => expect(archiveDueAt(at, { head, oldestAt, newestAt: 0 })).toBe(expected));

  it('goes along with a drain half of its delay before, and after a failure only when it is due', () => {
    const due = 20_000;
    expect(archiveGoes(progress, due, due - ARCHIVE_RIDE_MS)).toBe(true);
    expect(archiveGoes(progress, due, due - ARCHIVE_RIDE_MS - 1)).toBe(false);
    const failing = { ...progress, archive_failures: 1 };
    expect(archiveGoes(failing, due, due - 1)).toBe(false);
    expect(archiveGoes(failing, due, due)).toBe(true);
  });

  it('a failure moves no watermark and backs off; a success clears it', () => {
    const once = archiveFailed(progress, 1_000);
    expect(once).toEqual({ archived_to: 10, archive_failures: 1, archive_retry_at: 11_000, archive_clearing: 0 });
    expect(archiveFailed(once, 1_000)).toEqual({ archived_to: 10, archive_failures: 2, archive_retry_at: 21_000, archive_clearing: 0 });
    expect(archived(12)).toEqual({ archived_to: 12, archive_failures: 0, archive_retry_at: 0, archive_clearing: 0 });
  });
});
