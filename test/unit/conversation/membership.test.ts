/** Who may change whose membership, and what follows. */
import { describe, expect, it } from 'vitest';
import * as membership from '../../../durable/conversation/membership.ts';
import type { MemberRecord } from '../../../durable/conversation/schema.ts';
import type { MembershipChange, Role } from '../../../protocol/message.ts';
import type { Outcome } from '../../../protocol/outcome.ts';

/** In the order of their seniority. */
function roster(members: [string, Role][], kind: 'direct' | 'group' = 'group'): membership.Roster {
  return {
    kind,
    members: members.map(([user_id, role], index): MemberRecord => ({ user_id, role, joined_message_id: 0, seniority: index + 1 })),
  };
}
const group = roster([
  ['olga', 'owner'],
  ['mia', 'member'],
  ['adam', 'admin'],
  ['abe', 'admin'],
  ['max', 'member'],
]);
const said = (outcome: Outcome<MembershipChange[]>): string =>
  outcome.ok
    ? outcome.value.map(({ action, user_id, role }) => [action, user_id, ...(role === undefined ? [] : [role])].join(' ')).join(', ')
    : outcome.refusal.code;

describe('putting somebody in', () => {
  it.each([
    ['an owner adds', 'olga', 'new', undefined, 'added new member'],
    ['an owner adds an admin', 'olga', 'new', 'admin', 'added new admin'],
    ['an owner adds an owner', 'olga', 'new', 'owner', 'added new owner'],
    ['an admin adds', 'adam', 'new', undefined, 'added new member'],
    ['an admin adds no admin', 'adam', 'new', 'admin', 'forbidden'],
    ['a member adds nobody', 'mia', 'new', undefined, 'forbidden'],
    ['a stranger gets not_found', 'new', 'new', undefined, 'not_found'],
    ['who is there already: nothing to do', 'olga', 'mia', undefined, ''],
    ['in the role that stands: nothing to do', 'mia', 'adam', 'admin', ''],
  ] as const)('%s', (_title, actor, user, role, expected) => expect(said(membership.put(group, actor, user, role))).toBe(expected));

  it('[limits] the hundredth member is let in, the 101st is a conflict', () => {
    const of = (size: number) =>
      roster(
        Array.from({ length: size }, (_, index): [string, Role] => [index === 0 ? 'olga' : `u${index}`, index === 0 ? 'owner' : 'member']),
      );
    expect(said(membership.put(of(99), 'olga', 'new', undefined))).toBe('added new member');
    expect(said(membership.put(of(100), 'olga', 'new', undefined))).toBe('conflict');
    expect(said(membership.put(of(100), 'olga', 'u7', 'admin'))).toBe('role u7 admin');
  });
});

describe('giving roles', () => {
  it.each([
    ['an owner promotes', 'olga', 'mia', 'admin', 'role mia admin'],
    ['an owner makes another owner', 'olga', 'adam', 'owner', 'role adam owner'],
    ['an owner demotes', 'olga', 'adam', 'member', 'role adam member'],
    ['an admin gives no roles', 'adam', 'mia', 'admin', 'forbidden'],
    ['not even to itself', 'adam', 'adam', 'owner', 'forbidden'],
    ['a member neither', 'mia', 'mia', 'owner', 'forbidden'],
    ['the last owner stays one', 'olga', 'olga', 'member', 'conflict'],
  ] as const)('%s', (_title, actor, user, role, expected) => expect(said(membership.put(group, actor, user, role))).toBe(expected));

  it('one of two owners may step down', () => {
    const two = roster([
      ['olga', 'owner'],
      ['otto', 'owner'],
    ]);
    expect(said(membership.put(two, 'olga', 'olga', 'member'))).toBe('role olga member');
  });
});

describe('taking somebody out', () => {
  it.each([
    ['an owner removes a member', 'olga', 'mia', 'removed mia'],
    ['an owner removes an admin', 'olga', 'adam', 'removed adam'],
    ['an admin removes a member', 'adam', 'mia', 'removed mia'],
    ['an admin removes no admin', 'adam', 'abe', 'forbidden'],
    ['an admin removes no owner', 'adam', 'olga', 'forbidden'],
    ['a member removes nobody', 'mia', 'max', 'forbidden'],
    ['who is not there: not_found', 'olga', 'new', 'not_found'],
    ['a stranger gets not_found', 'new', 'mia', 'not_found'],
    ['a member leaves', 'mia', 'mia', 'left mia'],
    ['an admin leaves', 'adam', 'adam', 'left adam'],
  ])('%s', (_title, actor, user, expected) => expect(said(membership.remove(group, actor, user))).toBe(expected));
});

describe('when the last owner leaves', () => {
  it('the oldest admin becomes owner, though a member is older', () => {
    expect(said(membership.remove(group, 'olga', 'olga'))).toBe('left olga, role adam owner');
  });

  it('without admins the oldest member does, by seniority and not by the order of the list', () => {
    const { members } = roster([
      ['mia', 'member'],
      ['max', 'member'],
      ['olga', 'owner'],
    ]);
    expect(said(membership.remove({ kind: 'group', members: members.toReversed() }, 'olga', 'olga'))).toBe('left olga, role mia owner');
  });

  it('nobody does when another owner stays, or when nobody is left', () => {
    const two: [string, Role][] = [
      ['olga', 'owner'],
      ['otto', 'owner'],
    ];
    expect(said(membership.remove(roster(two), 'olga', 'olga'))).toBe('left olga');
    expect(said(membership.remove(roster(two), 'olga', 'otto'))).toBe('removed otto');
    expect(said(membership.remove(roster([['olga', 'owner']]), 'olga', 'olga'))).toBe('left olga');
  });
});

describe('a direct conversation', () => {
  const pair = roster(
    [
      ['mia', 'member'],
      ['max', 'member'],
    ],
    'direct',
  );
  it('never changes its members, and has no title', () => {
    expect(said(membership.put(pair, 'mia', 'new', undefined))).toBe('forbidden');
    expect(said(membership.remove(pair, 'mia', 'mia'))).toBe('forbidden');
    expect(said(membership.remove(pair, 'mia', 'max'))).toBe('forbidden');
    expect(membership.mayRename(pair, 'mia')).toMatchObject({ ok: false, refusal: { code: 'forbidden' } });
    expect(said(membership.put(pair, 'new', 'new', undefined))).toBe('not_found');
  });
});

describe('renaming a group', () => {
  it.each([
    ['olga', undefined],
    ['adam', undefined],
    ['mia', 'forbidden'],
    ['new', 'not_found'],
  ])('by %s: %s', (actor, expected) => {
    const outcome = membership.mayRename(group, actor);
    expect(outcome.ok ? undefined : outcome.refusal.code).toBe(expected);
  });
});
