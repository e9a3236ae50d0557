/** What goes to D1 at once is bounded, whatever was edited or deleted, and one entry that D1 never takes stops no other. */
import { describe, expect, it } from 'vitest';
import {
  ALONE_FAILURES,
  archived,
  ARCHIVE_BYTES_MAX,
  ARCHIVE_ROWS_MAX,
  batchAfter,
  probeOf,
  rowsAfter,
  type Batch,
} from '../../../durable/conversation/archive.ts';
import { ring } from '../../../durable/conversation/assembly.ts';
import type { EntryRecord } from '../../../durable/conversation/schema.ts';
import { nextEntry } from '../../../durable/conversation/log.ts';
import { archiveBytes } from '../../../store/archive.ts';
import { stage, textFrame, user, type Stage } from './stage.ts';

const entry = (message_id: number, more: Partial<EntryRecord> = {}): EntryRecord => ({
  ...nextEntry(
    { head: message_id - 1, countableTotal: 0 },
    { global_id: `g${message_id}`, sender_id: 's', type: 'text', timestamp: message_id, content: `text ${message_id}` },
  ),
  ...more,
});

const logOf = (rows: readonly EntryRecord[]) => ({
  entriesAfter: (after: number, limit: number) => rows.filter(({ message_id }) => message_id > after).slice(0, limit),
  entry: (number: number) => rows.find(({ message_id }) => message_id === number),
});

/** All batches until nothing is left. */
function batches(rows: readonly EntryRecord[], rowsMax = ARCHIVE_ROWS_MAX): Batch[] {
  const made: Batch[] = [];
  for (let to = 0; to < rows.length; to = made.at(-1)!.to) {
    made.push(batchAfter(to, logOf(rows), rowsMax));
    if (made.length > rows.length) throw new Error('no end');
  }
  return made;
}

const numbersOf = ({ rows }: Batch): number[] => rows.map(({ message_id }) => message_id);
const sizeOf = ({ rows }: Batch): number => rows.reduce((sum, row) => sum + archiveBytes(row), 0);

describe('[A3] a batch for the archive', () => {
  it('has at most a hundred rows and 400 KB of what goes to D1, counted in bytes', () => {
    const made = batches(Array.from({ length: 250 }, (_, index) => entry(index + 1, { content: '字'.repeat(5_000) })));
    expect(made.map(sizeOf).every((size) => size <= ARCHIVE_BYTES_MAX)).toBe(true);
    expect(made.flatMap(numbersOf)).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
    expect(batches(Array.from({ length: 250 }, (_, index) => entry(index + 1))).map(({ rows }) => rows.length)).toEqual([100, 100, 50]);
  });

  it('an entry above that goes with its target, alone', () => {
    const huge = JSON.stringify({ '👍': Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [user(n), n])) });
    const rows = [entry(1, { reactions: huge, changed_by: 3 }), entry(2), entry(3, { type: 'reaction', target: 1 }), entry(4)];
    expect(batches(rows).map(numbersOf)).toEqual([[1], [2], [1, 3], [4]]);
  });

  it('a deletion takes its message along and nothing else, however often that was edited', () => {
    const edits = Array.from({ length: 300 }, (_, index) =>
      entry(index + 2, { type: 'edit', target: 1, prev_change: index === 0 ? null : index + 1, content: '' }),
    );
    const rows = [
      entry(1, { deleted: 1, edited_by: 301, changed_by: 302, content: '' }),
      ...edits,
      entry(302, { type: 'deletion', target: 1 }),
    ];
    const made = batches(rows);
    expect(Math.max(...made.map((batch) => batch.rows.length))).toBe(ARCHIVE_ROWS_MAX);
    expect(numbersOf(made.at(-1)!).slice(-1)).toEqual([302]);
    expect(numbersOf(batchAfter(301, logOf(rows), ARCHIVE_ROWS_MAX))).toEqual([1, 302]);
  });

  it('that is refused is halved, down to one entry; from there on another one is tried too, each time one further', () => {
    expect([0, 1, 2, 6, 7, 50].map(rowsAfter)).toEqual([100, 50, 25, 1, 1, 1]);
    const failing = (archive_failures: number) => ({ ...archived(10), archive_failures });
    expect([6, 7, 8, 9, 30].map((failures) => probeOf(failing(failures), 14))).toEqual([null, 12, 13, 14, 14]);
    expect(probeOf(failing(ALONE_FAILURES), 11)).toBeNull();
  });
});

/** The archive under a conversation of two, which tells nothing else. */
async function archiving(taken: (row: EntryRecord) => boolean): Promise<{ set: Stage; archive: Set<number>; calls: () => number }> {
  const set = await stage({ size: 2 });
  const archive = new Set<number>();
  let calls = 0;
  set.archive = (rows) => {
    calls += 1;
    if (!rows.every(taken)) return Promise.reject(new Error('D1_ERROR: string or blob too big: SQLITE_TOOBIG'));
    for (const { message_id } of rows) archive.add(message_id);
    return Promise.resolve();
  };
  return { set, archive, calls: () => calls };
}

/** Rings whenever the alarm says so, for so long. */
async function live(set: Stage, ms: number): Promise<void> {
  const until = set.clock.now() + ms;
  for (;;) {
    const at = set.alarms.armedAt;
    if (at === null || at > until) break;
    await set.clock.run(Math.max(0, at - set.clock.now()));
    set.alarms.rang();
    await ring(set.assembly, { alarms: set.alarms, now: () => set.clock.now() });
  }
  await set.clock.run(Math.max(0, until - set.clock.now()));
}

const HOUR_MS = 3_600_000;

describe('[P5] [A10] an entry that D1 never takes', () => {
  it('is set aside with one line and counted; all others are archived, and nothing is pending', async () => {
    const { set, archive } = await archiving(({ content }) => !content.startsWith('poison'));
    for (let n = 1; n <= 200; n++) set.write(user(1), textFrame(n === 60 || n === 61 || n === 190 ? `poison ${n}` : `text ${n}`));
    await live(set, 48 * HOUR_MS);
    expect(archive.size).toBe(197);
    expect(set.assembly.outbox.pending()).toMatchObject({ archived_to: 200, is_archived: true, set_aside: 3, next_at: null });
    expect(set.errors.filter((line) => line.startsWith('entry_set_aside'))).toEqual([
      'entry_set_aside: entry 60 is not archived',
      'entry_set_aside: entry 61 is not archived',
      'entry_set_aside: entry 190 is not archived',
    ]);
    expect(set.storage.rows('SELECT set_aside FROM progress')).toEqual([{ set_aside: '[60,61,190]' }]);
  });

  it('at the end of the log waits for another to show that it is to blame', async () => {
    const { set, archive } = await archiving(({ content }) => content !== 'poison');
    set.write(user(1), textFrame('poison'));
    await live(set, 30 * HOUR_MS);
    expect(set.assembly.outbox.pending()).toMatchObject({ archived_to: 0, set_aside: 0, next_at: null });
    set.write(user(1), textFrame('fine'));
    await live(set, 2 * HOUR_MS);
    expect([...archive]).toEqual([2]);
    expect(set.assembly.outbox.pending()).toMatchObject({ archived_to: 2, set_aside: 1 });
  });

  it('while D1 takes nothing, none is set aside, and afterwards nothing is missing', async () => {
    let isDown = true;
    const { set, archive } = await archiving(() => !isDown);
    for (let n = 1; n <= 200; n++) set.write(user(1), textFrame(`text ${n}`));
    await live(set, 20 * HOUR_MS);
    isDown = false;
    await live(set, 2 * HOUR_MS);
    expect(archive.size).toBe(200);
    expect(set.assembly.outbox.pending()).toMatchObject({ archived_to: 200, set_aside: 0 });
  });
});
