/** Ranges of the log: how many entries and bytes go together, and what is covered. */
import { beforeAll, describe, expect, it } from 'vitest';
import { historyPage, missedEntries, syncJson, syncPage } from '../../../durable/conversation/pages.ts';
import type { HistoryPage, HistoryQuery } from '../../../protocol/conversations.ts';
import { HELLO_BYTES_MAX, HELLO_ENTRIES_MAX, SYNC_BYTES_MAX, SYNC_ENTRIES_MAX } from '../../../protocol/limits.ts';
import { byteLength } from '../../../protocol/text.ts';
import { stage, textFrame, user, uuid, type Stage } from './stage.ts';

const numbers = (page: { messages: readonly (string | { message_id: number })[] }): number[] =>
  page.messages.map((message) => (typeof message === 'string' ? (JSON.parse(message) as { message_id: number }) : message).message_id);

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

async function filled(count: number, content: (n: number) => string): Promise<Stage> {
  const set = await stage();
  for (let n = 1; n <= count; n++) {
    await set.clock.run(10);
    set.write(user(1), textFrame(content(n)));
  }
  return set;
}

describe('[limits] a hello and a sync page', () => {
  it('hold at most 200 and 500 entries, and say that there are more', async () => {
    const set = await filled(520, (n) => `n${n}`);
    const missed = missedEntries(set.assembly.reader(), 5);
    expect(numbers(missed)).toEqual(range(6, 5 + HELLO_ENTRIES_MAX));
    expect(missed.hasMore).toBe(true);
    const page = syncPage(set.assembly.reader(), 0, 10_000);
    expect(numbers(page)).toEqual(range(1, SYNC_ENTRIES_MAX));
    expect(page.hasMore).toBe(true);
    const rest = syncPage(set.assembly.reader(), 500, 20);
    expect(numbers(rest)).toEqual(range(501, 520));
    expect(rest.hasMore).toBe(false);
    expect(syncPage(set.assembly.reader(), 520, 20)).toEqual({ messages: [], hasMore: false });
    expect(syncPage(set.assembly.reader(), 999, 20)).toEqual({ messages: [], hasMore: false });
  });

  it('hold at most 256 KiB and 1 MiB as they are sent, and never nothing', async () => {
    const set = await filled(120, (n) => (n === 1 ? '\u0001'.repeat(16 * 1024) : 'x'.repeat(1_200 + n * 40)));
    const hello = set.join(user(2));
    const frame = hello.texts[1]!;
    expect(byteLength(frame)).toBeLessThanOrEqual(HELLO_BYTES_MAX);
    expect(byteLength(frame)).toBeGreaterThan(HELLO_BYTES_MAX - 10_000);
    expect(hello.frames[0]).toMatchObject({ op: 'hello', has_more: true, from_message_id: 1, last_message_id: 120 });
    const big = await filled(80, () => '\u0001'.repeat(16 * 1024));
    const page = syncPage(big.assembly.reader(), 0, 500);
    expect(byteLength(syncJson(page))).toBeLessThanOrEqual(SYNC_BYTES_MAX);
    expect(page.messages.length).toBe(10);
    expect(page.hasMore).toBe(true);
  });

  it('of many short entries fit as they are sent, frames around them included', async () => {
    const set = await filled(200, () => 'y'.repeat(1_072));
    const hello = set.join(user(2));
    expect(byteLength(hello.texts[1]!)).toBeLessThanOrEqual(HELLO_BYTES_MAX);
    expect(hello.frames[0]).toMatchObject({ has_more: true });
  });
});

describe('history', () => {
  let set: Stage;
  const page = (query: Partial<HistoryQuery>): HistoryPage =>
    JSON.parse(historyPage(set.assembly.reader(), { limit: 50, ...query })) as HistoryPage;

  beforeAll(async () => {
    set = await stage();
    // 1 to 4 messages, 5 to 34 reactions, 35 the title, 36 to 40 messages.
    for (let n = 1; n <= 4; n++) set.write(user(1), textFrame(`n${n}`));
    for (let n = 0; n < 30; n++) set.write(user(2), { op: 'react', global_id: uuid(), target: 2, emoji: '👍', on: n % 2 === 0 });
    set.assembly.room.patch(user(1), { title: 'Another' });
    for (let n = 36; n <= 40; n++) set.write(user(1), textFrame(`n${n}`));
  });

  it('leaves changes out, newest first, and says from which number on it is whole', () => {
    expect(numbers(page({}))).toEqual([40, 39, 38, 37, 36, 4, 3, 2, 1]);
    expect(page({})).toMatchObject({ has_more: false, from_message_id: 1 });
    expect(numbers(page({ limit: 6 }))).toEqual([40, 39, 38, 37, 36, 4]);
    expect(page({ limit: 6 })).toMatchObject({ has_more: true, from_message_id: 4 });
    expect(numbers(page({ limit: 6, events: true }))).toEqual([40, 39, 38, 37, 36, 35]);
  });

  it('pages through every message once, however many changes lie between', () => {
    const seen: number[] = [];
    let before: number | undefined;
    for (let more = true; more;) {
      const next = page({ limit: 2, ...(before === undefined ? {} : { before }) });
      seen.push(...numbers(next));
      before = next.from_message_id;
      more = next.has_more;
    }
    expect(seen).toEqual([40, 39, 38, 37, 36, 4, 3, 2, 1]);
    expect(page({ before: 1 })).toEqual({ messages: [], has_more: false, from_message_id: 1 });
  });

  it('around a message holds it in the middle, whatever the limit; around a change, what stands next to it', () => {
    expect(numbers(page({ around: 36, limit: 4 }))).toEqual([37, 36, 4, 3]);
    expect(numbers(page({ around: 36, limit: 1 }))).toEqual([36]);
    expect(page({ around: 36, limit: 1 })).toMatchObject({ has_more: true, from_message_id: 36 });
    expect(numbers(page({ around: 20, limit: 4 }))).toEqual([37, 36, 4, 3]);
    expect(numbers(page({ around: 1, limit: 4 }))).toEqual([2, 1]);
    expect(numbers(page({ around: 999, limit: 4 }))).toEqual([40, 39, 38, 37]);
  });
});
