/** A row of the inbox: what the conversation told, merged in whatever order it came. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../durable/user-inbox/api.ts';
import { changeDraft, changeSettings, draftOf, merge, toRow } from '../../../durable/user-inbox/inbox.ts';
import type { InboxRecord } from '../../../durable/user-inbox/schema.ts';
import { delivery } from './builders.ts';

/** Told one after the other; versions as the object gives them. */
function told(deliveries: readonly Delivery[], start?: InboxRecord): { row: InboxRecord; versions: number[] } {
  let row = start;
  let version = start?.version ?? 0;
  const versions: number[] = [];
  for (const each of deliveries) {
    const next = merge(row, each, version + 1);
    if (next === null) continue;
    version += 1;
    versions.push(next.version);
    row = next;
  }
  return { row: row!, versions };
}

/** What a conversation would say along a log of messages, changes and readings: each delivery a state of it. */
const history = fc
  .array(
    fc.record({ message: fc.boolean(), mentions: fc.boolean(), reads: fc.boolean(), member: fc.constantFrom('member', 'admin', null) }),
    { minLength: 1, maxLength: 12 },
  )
  .map((steps) => {
    const totals = [0];
    let read = 0;
    const deliveries: Delivery[] = [];
    const mentions: number[] = [];
    for (const [index, { message, mentions: mentioned, reads, member }] of steps.entries()) {
      const number = index + 1;
      totals.push(totals[index]! + (message ? 1 : 0));
      if (mentioned) mentions.push(number);
      if (reads) read = number;
      deliveries.push(
        delivery({
          role: member as Delivery['role'],
          title: `title ${number}`,
          last_message_id: number,
          countable_total: totals[number]!,
          read_message_id: read,
          read_total: totals[read]!,
          mentioned_in: [...mentions],
          updated_at: number,
        }),
      );
    }
    return deliveries;
  });
const withOrder = history.chain((deliveries) =>
  fc.record({ deliveries: fc.constant(deliveries), order: fc.array(fc.nat({ max: deliveries.length - 1 }), { maxLength: 30 }) }),
);

describe('[P4] deliveries in any order, any number of times', () => {
  it('converge to what the last state says', () => {
    fc.assert(
      fc.property(withOrder, ({ deliveries, order }) => {
        const all = deliveries.map((_, index) => index);
        const scrambled = told([...order, ...all.toReversed(), ...order].map((index) => deliveries[index]!)).row;
        const straight = told(deliveries).row;
        const { version: _v, activity: _a, ...left } = scrambled;
        const { version: _w, activity: _b, ...right } = straight;
        expect(left).toEqual(right);
        const last = deliveries.at(-1)!;
        expect(toRow(scrambled)).toMatchObject({
          last_message_id: last.last_message_id,
          title: last.title,
          read_message_id: last.read_message_id,
          unread_count: last.countable_total - last.read_total,
          mention_count: last.mentioned_in.filter((number) => number > last.read_message_id).length,
        });
        expect(scrambled.role).toBe(last.role);
      }),
    );
  });

  it('never give a version twice, and a repeat of everything gives none', () => {
    fc.assert(
      fc.property(withOrder, ({ deliveries, order }) => {
        const { row, versions } = told(order.map((index) => deliveries[index]!).concat(deliveries));
        expect(versions).toEqual(versions.map((_, index) => index + 1));
        expect(told(deliveries, row).versions).toEqual([]);
      }),
    );
  });
});

describe('merging', () => {
  const base = told([delivery({ last_message_id: 5, countable_total: 5, mentioned_in: [2, 4] })]).row;

  it('a first delivery makes the row, with nothing of the user’s own yet', () => {
    expect(base).toEqual({
      conversation_id: 'c',
      kind: 'group',
      role: 'member',
      title: 'A group',
      avatar_url: null,
      members: '["u","v"]',
      last_message_id: 5,
      last_message: null,
      countable_total: 5,
      read_message_id: 0,
      read_total: 0,
      mentioned_in: '[2,4]',
      muted_until: null,
      pinned: 0,
      archived: 0,
      marked_unread: 0,
      updated_at: 1,
      activity: 1,
      version: 1,
      at_least: 1,
      pushes: '[]',
      pushed_to: 0,
      draft_at: 0,
      draft_received_at: 0,
      epoch: '',
      state: 'active',
      consent_at: 0,
      invitation: null,
      draft: null,
    });
  });

  it('what the user set stays; reading on takes the mark of unread away', () => {
    const own = { ...base, muted_until: 9, pinned: 1, archived: 1, marked_unread: 1 };
    const next = told([delivery({ last_message_id: 6, countable_total: 6 })], own).row;
    expect(next).toMatchObject({ muted_until: 9, pinned: 1, archived: 1, marked_unread: 1, activity: 2 });
    const read = told([delivery({ last_message_id: 6, countable_total: 6, read_message_id: 3, read_total: 3 })], next).row;
    expect(read).toMatchObject({ muted_until: 9, pinned: 1, archived: 1, marked_unread: 0 });
  });

  it('reading is no news: the row keeps its place in the list', () => {
    const read = told([delivery({ last_message_id: 5, countable_total: 5, read_message_id: 3, read_total: 3 })], base).row;
    expect(read).toMatchObject({ activity: 1, version: 2, read_message_id: 3, mentioned_in: '[4]' });
  });

  it('a read position only rises, also with an older state', () => {
    const read = told([delivery({ last_message_id: 5, countable_total: 5, read_message_id: 5, read_total: 5 })], base).row;
    const late = told([delivery({ last_message_id: 4, countable_total: 4, read_message_id: 2, read_total: 2, mentioned_in: [4] })], read);
    expect(late.versions).toEqual([]);
    expect(toRow(late.row)).toMatchObject({ read_message_id: 5, unread_count: 0, mention_count: 0 });
  });

  it('a removal leaves a tombstone that an older state does not wake, and a return does', () => {
    const gone = told([delivery({ last_message_id: 6, role: null })], base).row;
    expect(told([delivery({ last_message_id: 5 })], gone).row.role).toBeNull();
    expect(
      told([delivery({ last_message_id: 7, role: 'admin', read_message_id: 7, read_total: 5, countable_total: 5 })], gone).row,
    ).toMatchObject({ role: 'admin' });
  });

  it('keeps the newest thousand mentions', () => {
    const many = Array.from({ length: 1_200 }, (_, index) => index + 1);
    const row = told([delivery({ last_message_id: 1_200, mentioned_in: many })]).row;
    expect(JSON.parse(row.mentioned_in)).toEqual(many.slice(200));
  });
});

describe('settings', () => {
  const base = told([delivery({ last_message_id: 5, countable_total: 5 })]).row;

  it.each([
    [{ muted_until: 7 }, { muted_until: 7 }],
    [{ pinned: true }, { pinned: true }],
    [{ archived: true }, { archived: true }],
    [{ marked_unread: true }, { marked_unread: true }],
    [
      { pinned: true, muted_until: null },
      { pinned: true, muted_until: null },
    ],
  ])('%j change nothing else: no count, no place in the list', (settings, expected) => {
    const changed = changeSettings(base, settings, 2)!;
    expect(changed).toMatchObject({ activity: base.activity, version: 2 });
    expect(toRow(changed)).toEqual({ ...toRow(base), ...expected });
  });

  it('that are so already change nothing', () => {
    expect(changeSettings(base, { pinned: false, muted_until: null, archived: false, marked_unread: false }, 2)).toBeNull();
  });
});

describe('a draft', () => {
  const base = told([delivery()]).row;
  const NOW = 1_000;
  const put = (row: InboxRecord, content: string, edited_at: number): InboxRecord =>
    changeDraft(row, { content, edited_at }, row.version + 1, NOW) ?? row;

  it.each<[string, [string, number][], string, number]>([
    [
      'the last edit wins',
      [
        ['a', 1],
        ['b', 2],
      ],
      'b',
      2,
    ],
    [
      'also when it comes first',
      [
        ['b', 2],
        ['a', 1],
      ],
      'b',
      2,
    ],
    [
      'an edit of the same moment changes nothing',
      [
        ['a', 2],
        ['b', 2],
      ],
      'a',
      2,
    ],
    [
      'empty clears, and keeps its time',
      [
        ['a', 1],
        ['', 3],
        ['b', 2],
      ],
      '',
      3,
    ],
    [
      'one from the future counts as now',
      [
        ['a', 5_000],
        ['b', 999],
      ],
      'a',
      NOW,
    ],
  ])('%s', (_rule, edits, content, edited_at) => {
    const row = edits.reduce((before, [text, at]) => put(before, text, at), base);
    expect(draftOf(row)).toEqual({ content, edited_at });
    expect(toRow(row).draft).toBe(content === '' ? undefined : content);
  });

  it('is gone once a message was sent after it came; a later one stays, also of a device whose clock is slow', () => {
    const slow = put(base, 'x', 49);
    const sent = (own_message_at: number) => told([delivery({ last_message_id: 2, own_message_at })], slow).row;
    expect([sent(NOW - 1).draft, sent(NOW).draft, sent(NOW + 1).draft]).toEqual(['x', null, null]);
    expect(sent(NOW).draft_at).toBe(49);
  });

  it('outlives news, reading and settings', () => {
    const row = told([delivery({ last_message_id: 2, read_message_id: 2, read_total: 1 })], put(base, 'x', 1)).row;
    expect(toRow(changeSettings(row, { pinned: true }, 9)!).draft).toBe('x');
  });
});
