/**
 * A day of a channel, as its file has it: JSON lines, gzipped or not. Owns the format and what of it is
 * sent; knows no server. Invariants: lines ascend by number, their instants never go back (a day that
 * passes midnight goes on), and an answer points at an earlier line that is sent too.
 */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod/mini';

export interface Line {
  line: number;
  /** Milliseconds since the day began. */
  atMs: number;
  from: string;
  content: string;
  /** The line it answers, the nearest when there are several. */
  replyTo: number | null;
}

export interface Day {
  name: string;
  /** Of the bytes: the same file under another name is the same day. */
  hash: string;
  lines: Line[];
  skipped: { system: number; empty: number };
}

export type DayRead = { ok: true; day: Day } | { ok: false; reason: string };

const row = z.object({
  line: z.int(),
  at: z.number(),
  kind: z.enum(['message', 'action', 'system']),
  from: z.nullable(z.string()),
  text: z.string(),
  replyTo: z._default(z.array(z.int()), []),
});

const DAY_MS = 24 * 3_600_000;

export function readDay(name: string, bytes: Uint8Array): DayRead {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(
      bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes,
    );
  } catch (error) {
    return { ok: false, reason: `${name}: ${error instanceof Error ? error.message : 'cannot be read'}` };
  }
  const lines: Line[] = [];
  const skipped = { system: 0, empty: 0 };
  const sent = new Set<number>();
  let before = { line: -Infinity, atMs: -Infinity };
  for (const [index, json] of text.split('\n').entries()) {
    if (json.trim() === '') continue;
    const read = rowOf(json);
    if (typeof read === 'string') return { ok: false, reason: `${name}, line ${index + 1}: ${read}` };
    const { line, kind, from, replyTo } = read;
    if (line <= before.line) return { ok: false, reason: `${name}, line ${index + 1}: the numbers of the lines must rise` };
    before = { line, atMs: notBefore(before.atMs, read.at * 1_000) };
    const content = kind === 'action' ? `* ${read.text}` : read.text;
    if (kind === 'system' || from === null) skipped.system++;
    else if (content === '') skipped.empty++;
    else {
      lines.push({ ...before, from, content, replyTo: replyTo.findLast((target) => sent.has(target)) ?? null });
      sent.add(line);
    }
  }
  return { ok: true, day: { name, hash: createHash('sha256').update(bytes).digest('hex'), lines, skipped } };
}

function rowOf(json: string): z.infer<typeof row> | string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return 'is no JSON';
  }
  const result = row.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  return `${issue?.path.join('.')}: ${issue?.message}`;
}

/** The clock of the file starts again at midnight. */
const notBefore = (earlierMs: number, atMs: number): number =>
  atMs >= earlierMs ? atMs : atMs + Math.ceil((earlierMs - atMs) / DAY_MS) * DAY_MS;
