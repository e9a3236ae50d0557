/** What the replay expects of inboxes and notifications, and who sits where. */
import { describe, expect, test } from 'vitest';
import { addresseeOf, countsOf, notificationsMax, type Said } from '../../../scripts/replay/reckoning.ts';
import { roleOf } from '../../../scripts/replay/roles.ts';

const said = (sender_id: string, ...mentions: string[]): Said => ({ sender_id, mentions });
const log = [said('ann'), said('bob', 'ann'), said('ann'), said('bob', 'ann'), said('cid', 'ann', 'bob'), said('cid')];

describe('unread, from the file alone', () => {
  test.each([
    ['ann', 6, { unread: 3, mentions: 2 }],
    ['bob', 6, { unread: 2, mentions: 1 }],
    ['cid', 6, { unread: 0, mentions: 0 }],
    ['dan', 6, { unread: 6, mentions: 0 }],
    ['ann', 2, { unread: 1, mentions: 1 }],
    ['cid', 4, { unread: 4, mentions: 0 }],
    ['ann', 0, { unread: 0, mentions: 0 }],
  ])('%s, when %i are in the log', (userId, head, counts) => {
    expect(countsOf(log, userId, head)).toEqual(counts);
  });
});

test.each([
  ['ann: hello', 'ann'],
  ['ann, hello', 'ann'],
  ['[ann]^2: hello', '[ann]^2'],
  ['ann:hello', null],
  ['hello ann: hello', null],
  ['http://example.com is down', null],
  ['', null],
])('%j is addressed to %j', (content, nick) => {
  expect(addresseeOf(content)).toBe(nick);
});

test.each([
  [0, 1],
  [9_999, 1],
  [10_000, 2],
  [65_000, 7],
])('[P6] in %i ms at most %i notifications of one conversation', (durationMs, most) => {
  expect(notificationsMax(durationMs)).toBe(most);
});

test('of a hundred members a quarter have it open, half have their inbox, a quarter are away', () => {
  const roles = Map.groupBy(
    Array.from({ length: 100 }, (_, seat) => roleOf(seat)),
    (role) => role,
  );
  expect(Object.fromEntries([...roles].map(([role, { length }]) => [role, length]))).toEqual({ open: 25, inbox: 50, away: 25 });
  expect(roleOf(0)).toBe('open');
});
