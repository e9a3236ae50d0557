/** What of a day's file is sent, and what makes a file no day. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readDay } from '../../../scripts/replay/day.ts';

const row = (line: number, more: object = {}) => ({
  line,
  at: line * 10,
  kind: 'message',
  from: 'ada',
  text: `text ${line}`,
  replyTo: [],
  ...more,
});
const bytesOf = (...rows: object[]) => new TextEncoder().encode(rows.map((one) => `${JSON.stringify(one)}\n`).join(''));

function linesOf(...rows: object[]) {
  const result = readDay('day', bytesOf(...rows));
  if (!result.ok) throw new Error(result.reason);
  return result.day;
}

describe('a day of a channel', () => {
  test('messages are sent as they are, actions with a star, system lines and empty messages not at all', () => {
    const day = linesOf(
      row(0),
      row(1, { kind: 'system', from: null, text: 'bob joined' }),
      row(2, { kind: 'action', text: 'waves' }),
      row(3, { text: '' }),
      row(4, { kind: 'action', text: '' }),
      row(5, { text: ' ' }),
    );
    expect(day.lines.map(({ content }) => content)).toEqual(['text 0', '* waves', '* ', ' ']);
    expect(day.skipped).toEqual({ system: 1, empty: 1 });
  });

  test('a line answers the nearest earlier line that is sent', () => {
    const day = linesOf(
      row(0),
      row(1, { kind: 'system', from: null }),
      row(2, { replyTo: [0] }),
      row(3, { replyTo: [0, 2] }),
      row(4, { replyTo: [1] }),
      row(5, { replyTo: [5] }),
      row(6, { replyTo: [7] }),
      row(7, { replyTo: undefined }),
    );
    expect(day.lines.map(({ line, replyTo }) => [line, replyTo])).toEqual([
      [0, null],
      [2, 0],
      [3, 2],
      [4, null],
      [5, null],
      [6, null],
      [7, null],
    ]);
  });

  test('a day that passes midnight goes on', () => {
    const day = linesOf(row(0, { at: 86_390 }), row(1, { at: 5 }), row(2, { at: 7.5 }));
    expect(day.lines.map(({ atMs }) => atMs)).toEqual([86_390_000, 86_405_000, 86_407_500]);
  });

  test('gzipped or not, the lines are the same', () => {
    const plain = bytesOf(row(0), row(1, { text: 'grüße 🌱' }));
    const read = readDay('day', plain);
    const zipped = readDay('day', gzipSync(plain));
    expect(zipped).toMatchObject({ ok: true, day: { lines: read.ok && read.day.lines } });
  });

  test.each([
    ['no JSON', new TextEncoder().encode(`${JSON.stringify(row(0))}\n{"line": 1,`), 'day, line 2: is no JSON'],
    ['a kind that is not documented', bytesOf(row(0, { kind: 'topic' })), 'day, line 1: kind'],
    ['no text', bytesOf({ line: 0, at: 0, kind: 'message', from: 'ada' }), 'day, line 1: text'],
    ['a number twice', bytesOf(row(3), row(3)), 'day, line 2: the numbers of the lines must rise'],
    ['bytes that are no text', Uint8Array.of(0x22, 0xff, 0xfe), 'day: '],
    ['a broken archive', Uint8Array.of(0x1f, 0x8b, 0, 0), 'day: '],
  ])('[P10] %s is told with its place', (_name, bytes, reason) => {
    expect(readDay('day', bytes)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });
});
