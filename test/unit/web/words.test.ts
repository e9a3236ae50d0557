import { describe, expect, test } from 'vitest';
import { connectionNotice } from '../../../web/src/lib/connection-notice.ts';
import { isOnlyEmojis } from '../../../web/src/lib/emoji.ts';
import { noticeOf, previewOf, typingLine } from '../../../web/src/lib/notices.ts';
import { initialsOf, listNames, titleOf } from '../../../web/src/lib/people.ts';
import { audienceOf, reached, reachOf } from '../../../web/src/lib/receipts.ts';
import { pathOf, routeOf } from '../../../web/src/lib/routes.ts';
import { notSentLine } from '../../../web/src/lib/refusals.ts';
import { signInError } from '../../../web/src/lib/sign-in-errors.ts';
import { ANN, BOB, message } from './builders.ts';

const name = (id: string) => (id === ANN ? 'Ann' : id === BOB ? 'Bob' : 'Cleo');

describe('what the app says', () => {
  test.each([
    [{ sender_id: ANN, membership: { action: 'added', user_id: BOB } }, 'You added Bob'],
    [{ sender_id: BOB, membership: { action: 'added', user_id: ANN } }, 'Bob added you'],
    [{ sender_id: BOB, membership: { action: 'removed', user_id: 'cleo' } }, 'Bob removed Cleo'],
    [{ sender_id: BOB, membership: { action: 'left', user_id: BOB } }, 'Bob left'],
    [{ sender_id: BOB, membership: { action: 'role', user_id: ANN, role: 'admin' } }, 'Bob made you an admin'],
  ] as const)('a change of the members: %o', (entry, expected) => {
    expect(noticeOf(message(1, { type: 'membership', ...entry }), ANN, name)).toBe(expected);
  });

  test('a new title is told, an entry of an unknown kind is not', () => {
    expect(noticeOf(message(1, { type: 'conversation', sender_id: BOB, conversation: { title: 'Trip' } }), ANN, name)).toBe(
      'Bob named the group “Trip”',
    );
    expect(noticeOf(message(1, { type: 'edit' }), ANN, name)).toBeNull();
  });

  test('the last line of a conversation', () => {
    const last = { message_id: 1, sender_id: BOB, type: 'text', content: 'a\n b', timestamp: 0 };
    expect([
      previewOf(undefined, ANN, name, false),
      previewOf(last, ANN, name, false),
      previewOf(last, ANN, name, true),
      previewOf({ ...last, sender_id: ANN }, ANN, name, false),
      previewOf({ ...last, deleted: true }, ANN, name, true),
      previewOf({ ...last, type: 'image' }, ANN, name, false),
    ]).toEqual(['No messages yet', 'a b', 'Bob: a b', 'You: a b', 'Bob: Message deleted', 'Photo']);
  });

  test('who is typing, and what if it is not text', () => {
    const people = (...list: [name: string, what?: string][]) => typingLine(list.map(([of, what]) => ({ name: of, what })));
    expect([
      people(),
      people(['A']),
      people(['A'], ['B']),
      people(['A'], ['B'], ['C']),
      people(['A', 'recording']),
      people(['A', 'uploading']),
      people(['A', 'recording'], ['B']),
      people(['A', 'singing']),
    ]).toEqual([
      '',
      'A is typing…',
      'A and B are typing…',
      'A and 2 others are typing…',
      'A is recording audio…',
      'A is sending a file…',
      'A and B are typing…',
      'A is typing…',
    ]);
  });

  test('names are joined and cut', () => {
    expect([listNames([]), listNames(['A']), listNames(['A', 'B']), listNames(['A', 'B', 'C']), listNames(['A', 'B', 'C', 'D'])]).toEqual([
      '',
      'A',
      'A and B',
      'A, B and 1 other',
      'A, B and 2 others',
    ]);
    expect(['Ann Lee', 'ann', 'Ann van der Berg', '👩‍🚀 Zoë', '', '田中 (Kenji)', '"Bo" O’Hara'].map(initialsOf)).toEqual([
      'AL',
      'A',
      'AB',
      'Z',
      '?',
      '田K',
      'BO',
    ]);
  });

  test('a direct conversation is called like the other, and has no name until that is known', () => {
    const row = { kind: 'direct' as const, title: null, members: [ANN, BOB] };
    const bob = { user_id: BOB, username: 'bob', name: 'Bob', avatar_url: null };
    expect([titleOf(row, ANN, () => bob), titleOf(row, ANN, () => undefined), titleOf(row, ANN, () => null)]).toEqual([
      'Bob',
      undefined,
      'Someone who left',
    ]);
  });

  test('a text of one to three emojis is large', () => {
    expect(['👍', '❤️😂', '👩‍👩‍👧 🇳🇱', 'a👍', '1', '👍👍👍👍', ''].map(isOnlyEmojis)).toEqual([true, true, true, false, false, false, false]);
  });
});

describe('how far a message has got', () => {
  const member = (userId: string) => ({ user_id: userId, role: 'member' as const, joined_message_id: 0 });

  test('as far as the slowest of the others', () => {
    const members = [member(ANN), member(BOB), member('cleo')];
    const reach = reachOf(
      members,
      [
        { user_id: BOB, delivered: 9, read: 5 },
        { user_id: 'cleo', delivered: 7, read: 7 },
        { user_id: ANN, delivered: 9, read: 9 },
      ],
      ANN,
    );
    expect(reach).toEqual({ delivered: 7, read: 5 });
    expect([5, 6, 8].map((id) => reached(id, reach))).toEqual(['read', 'delivered', 'stored']);
  });

  test('one by one: who has read it, got it, or neither, without its sender', () => {
    const members = [member(ANN), member(BOB), member('cleo'), member('dan')];
    const receipts = [
      { user_id: ANN, delivered: 9, read: 9 },
      { user_id: BOB, delivered: 9, read: 5 },
      { user_id: 'cleo', delivered: 5, read: 0 },
    ];
    expect(audienceOf(5, ANN, members, receipts)).toEqual({ read: [BOB], delivered: ['cleo'], stored: ['dan'] });
  });

  test('nowhere while one of them has told nothing, or nobody else is there', () => {
    expect(reachOf([member(ANN), member(BOB)], [], ANN)).toEqual({ delivered: 0, read: 0 });
    expect(reachOf([member(ANN)], [{ user_id: ANN, delivered: 9, read: 9 }], ANN)).toEqual({ delivered: 0, read: 0 });
  });
});

describe('addresses', () => {
  test('a conversation has one, and it leads back to it', () => {
    const route = { page: 'conversation' as const, conversationId: BOB };
    expect(routeOf(pathOf(route))).toEqual(route);
    expect(routeOf(`${pathOf(route)}/`)).toEqual(route);
  });
  test.each(['/', '/c/', '/c/not-a-uuid', '/c/../x', '/other'])('%s is the list', (path) => {
    expect(routeOf(path)).toEqual({ page: 'list' });
  });
});

describe('the connection', () => {
  test('is only spoken of when it is gone', () => {
    expect(connectionNotice({ state: 'online' }, true)).toBeNull();
    expect(connectionNotice({ state: 'idle' }, true)).toBeNull();
    expect(connectionNotice({ state: 'waiting', retryAt: 1 }, true)?.kind).toBe('reconnecting');
    expect(connectionNotice({ state: 'waiting', retryAt: 1 }, false)?.kind).toBe('offline');
    expect(connectionNotice({ state: 'offline' }, true)?.kind).toBe('offline');
  });
  test('can be taken up again only after another window took it', () => {
    const reasons = ['replaced', 'not_a_member', 'unauthenticated', 'other_user'] as const;
    expect(reasons.map((reason) => connectionNotice({ state: 'ended', reason }, true)?.canReopen)).toEqual([true, false, false, false]);
  });
});

describe('a refused sign-in', () => {
  test.each([
    [{ status: 401, code: 'INVALID_USERNAME_OR_PASSWORD' }, 'form'],
    [{ status: 422, code: 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL' }, 'email'],
    [{ status: 400, code: 'USERNAME_IS_ALREADY_TAKEN' }, 'username'],
    [{ status: 400, code: 'PASSWORD_TOO_SHORT' }, 'password'],
    [{ status: 0 }, 'form'],
  ])('%o is told at %s', (refused, field) => {
    expect(signInError(refused).field).toBe(field);
  });
  test('an unknown one is told in the words of the server', () => {
    expect(signInError({ status: 400, code: 'NEW', message: 'Not so' })).toEqual({ field: 'form', text: 'Not so' });
    expect(signInError({ status: 429, message: 'Not so' }).text).not.toBe('Not so');
    expect(signInError({ status: 500, message: 'TypeError at x.ts' }).text).not.toContain('TypeError');
  });
  test.each([
    [undefined, 'Too many tries. Wait a minute, then try again.'],
    [60, 'Too many tries. Wait a minute, then try again.'],
    [61, 'Too many tries. Try again in 2 minutes.'],
    [3_540, 'Too many tries. Try again in 59 minutes.'],
    [3_600, 'Too many tries. Try again in an hour.'],
    [3_601, 'Too many tries. Try again in 2 hours.'],
  ])('[A15] after too many tries it says how long to wait: %o s', (retryAfter, line) => {
    expect(signInError({ status: 429, retryAfter }).text).toBe(line);
  });
});

test.each([
  [{ code: 'too_large', detail: 'It takes no more.', reason: 'quota' }, 'This conversation is full.'],
  [{ code: 'too_large', detail: 'At most 16384 bytes.' }, 'It is too long.'],
  [{ code: 'forbidden', detail: 'Not yet.', reason: 'request_pending' }, 'Not yet.'],
  [{ code: 'forbidden', detail: 'No.' }, 'You may not write here.'],
  [{ code: 'rate_limited', detail: 'Too fast.' }, 'Too fast.'],
] as const)('[B2] a message that was not sent says why: %o', (refusal, line) => {
  expect(notSentLine(refusal)).toBe(line);
});
