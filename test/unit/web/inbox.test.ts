import { describe, expect, test } from 'vitest';
import { IDLE_AFTER_MS, idleIn, isActive } from '../../../web/src/lib/activity.ts';
import { badgeOf } from '../../../web/src/lib/badge.ts';
import { createCalendar } from '../../../web/src/lib/calendar.ts';
import { listItems, peopleOf } from '../../../web/src/lib/inbox-list.ts';
import { isMuted, MUTE_CHOICES, mutedLine } from '../../../web/src/lib/mute.ts';
import { presenceLine } from '../../../web/src/lib/presence.ts';
import { ANN, BOB, MONDAY_NOON, row } from './builders.ts';

const HOUR_MS = 3_600_000;
const calendar = createCalendar('en-GB', 'UTC');

describe('the badge', () => {
  test.each([
    [
      { messages: 0, mentions: 0, conversations: 0 },
      { title: 'Natter', hasDot: false, count: 0 },
    ],
    [
      { messages: 3, mentions: 1, conversations: 2 },
      { title: '(3) Natter', hasDot: true, count: 3 },
    ],
    [
      { messages: 1_000, mentions: 0, conversations: 2 },
      { title: '(999+) Natter', hasDot: true, count: 1_000 },
    ],
    [
      { messages: 0, mentions: 0, conversations: 1 },
      { title: '• Natter', hasDot: true, count: null },
    ],
  ])('%o shows %o', (unread, badge) => {
    expect(badgeOf(unread)).toEqual(badge);
  });
});

describe('the list', () => {
  const rows = [row('a', { pinned: true }), row('b', { archived: true, unread_count: 2 }), row('c'), row('d', { archived: true })];
  const names = (showArchived: boolean) =>
    listItems(rows, showArchived).map((item) =>
      item.kind === 'archive' ? `archive of ${item.count}, ${item.unread} unread` : item.row.title,
    );

  test('keeps archived ones apart, behind a heading, in their order', () => {
    expect(names(false)).toEqual(['a', 'c', 'archive of 2, 1 unread']);
    expect(names(true)).toEqual(['a', 'c', 'archive of 2, 1 unread', 'b', 'd']);
  });
  test('has no heading where nothing is archived', () => {
    expect(listItems([row('a')], true)).toEqual([{ kind: 'conversation', row: row('a') }]);
  });
  test('needs the names of the members and of who wrote last', () => {
    const last_message = { message_id: 1, sender_id: BOB, type: 'text', content: 'x', timestamp: 0 };
    expect(peopleOf(row('a', { members: [ANN], last_message }))).toEqual([ANN, BOB]);
  });
});

describe('muting', () => {
  test('ends when it was said to', () => {
    const until = MUTE_CHOICES.map((choice) => choice.until(MONDAY_NOON) - MONDAY_NOON);
    expect(until.slice(0, 3)).toEqual([HOUR_MS, 8 * HOUR_MS, 168 * HOUR_MS]);
    const always = MUTE_CHOICES[3].until();
    expect([always, isMuted(always, MONDAY_NOON + 1_000 * 365 * 24 * HOUR_MS)]).toEqual([new Date(always).getTime(), true]);
    expect([isMuted(null, 0), isMuted(10, 9), isMuted(10, 10)]).toEqual([false, true, false]);
  });
  test('is said with its end', () => {
    expect(mutedLine(MONDAY_NOON + HOUR_MS, MONDAY_NOON, calendar)).toBe('Muted until 13:00');
    expect(mutedLine(MONDAY_NOON + 48 * HOUR_MS, MONDAY_NOON, calendar)).toBe(`Muted until ${calendar.full(MONDAY_NOON + 48 * HOUR_MS)}`);
    expect(mutedLine(MUTE_CHOICES[3].until(), MONDAY_NOON, calendar)).toBe('Muted');
  });
});

describe('presence in words', () => {
  const lastSeen = (ago: number) => presenceLine({ status: 'offline', last_seen: MONDAY_NOON - ago }, MONDAY_NOON, calendar);
  test('says nothing that is not known or may not be said', () => {
    expect([presenceLine(null, 0, calendar), presenceLine({ status: 'offline' }, 0, calendar)]).toEqual(['', '']);
    expect([presenceLine({ status: 'online' }, 0, calendar), presenceLine({ status: 'idle' }, 0, calendar)]).toEqual(['online', 'idle']);
  });
  test('says when somebody was last here, a clock that is ahead of ours included', () => {
    expect([-5_000, 59_999, 60_000, 40 * 60_000, 3 * HOUR_MS, 20 * HOUR_MS, 72 * HOUR_MS].map(lastSeen)).toEqual([
      'last seen just now',
      'last seen just now',
      'last seen a minute ago',
      'last seen 40 minutes ago',
      'last seen today at 09:00',
      'last seen yesterday at 16:00',
      'last seen on Friday',
    ]);
  });
});

describe('being here', () => {
  test('is a visible tab that was touched not long ago', () => {
    const here = { isVisible: true, touchedAt: 1_000 };
    expect([isActive(here, 1_000 + IDLE_AFTER_MS - 1), isActive(here, 1_000 + IDLE_AFTER_MS)]).toEqual([true, false]);
    expect(isActive({ ...here, isVisible: false }, 1_000)).toBe(false);
    expect([idleIn(here, 2_000), idleIn(here, 1_000 + IDLE_AFTER_MS), idleIn({ ...here, isVisible: false }, 1_000)]).toEqual([
      IDLE_AFTER_MS - 1_000,
      null,
      null,
    ]);
  });
});
