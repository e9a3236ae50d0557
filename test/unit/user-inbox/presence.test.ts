/** The rules of presence, as tables. */
import { describe, expect, it } from 'vitest';
import type { PresenceStatus } from '../../../protocol/inbox.ts';
import {
  GRACE_MS,
  nextChangeAt,
  PACE_MS,
  permissionOf,
  seatsLeft,
  shownStatus,
  statusOf,
  tellAt,
  WATCHERS_MAX,
  type Lease,
  type PresenceFacts,
  type Seat,
} from '../../../durable/user-inbox/presence.ts';

const NOW = 1_000_000;
const lease = (active: boolean, left: number): Lease => ({ active, ends_at: NOW + left });

describe('status', () => {
  const table: [string, Lease[], PresenceStatus, number | null][] = [
    ['no socket', [], 'offline', null],
    ['an active one', [lease(true, 10)], 'online', NOW + 11],
    ['one in the background', [lease(false, 10)], 'idle', NOW + 11],
    ['any active one counts', [lease(false, 99), lease(true, 10)], 'online', NOW + 11],
    ['the last active one decides when that is over', [lease(true, 5), lease(true, 20), lease(false, 50)], 'online', NOW + 21],
    ['a lease that ran out counts for nothing', [lease(true, -1), lease(false, 10)], 'idle', NOW + 11],
    ['it runs to its last millisecond', [lease(true, 0)], 'online', NOW + 1],
    ['all ran out', [lease(true, -1), lease(false, -1)], 'offline', null],
  ];
  it.each(table)('%s', (_what, leases, status, changesAt) => {
    expect([statusOf(leases, NOW), nextChangeAt(leases, NOW)]).toEqual([status, changesAt]);
  });
});

describe('the grace', () => {
  const told = { status: 'online', at: 0 } as const;
  const table: [string, Lease[], number | null, PresenceStatus][] = [
    ['shows what was shown', [], NOW, 'online'],
    ['to its last millisecond', [], NOW - GRACE_MS + 1, 'online'],
    ['and not longer', [], NOW - GRACE_MS, 'offline'],
    ['is none for a lease that ran out', [lease(true, -1)], null, 'offline'],
    ['gives way to a socket', [lease(false, 5)], NOW, 'idle'],
  ];
  it.each(table)('%s', (_what, leases, leavingAt, status) => {
    expect(shownStatus(leases, told, leavingAt, NOW)).toBe(status);
  });
});

describe('pacing', () => {
  it.each<[string, PresenceStatus, number, number | null]>([
    ['no change is not told', 'online', 0, null],
    ['a first change at once', 'idle', 0, NOW],
    ['the next one five seconds after the last', 'idle', NOW - 1_000, NOW - 1_000 + PACE_MS],
    ['one that has waited long enough at once', 'offline', NOW - PACE_MS, NOW],
  ])('%s', (_what, status, toldAt, due) => {
    expect(tellAt({ status: 'online', at: toldAt }, status, NOW)).toBe(due);
  });
});

describe('watchers', () => {
  it('lapse, and of too many those go that lapse soonest', () => {
    const seat = (index: number, until: number): Seat => [`w${index}`, until, true];
    expect(seatsLeft([seat(0, NOW), seat(1, NOW + 1)], NOW)).toEqual([seat(1, NOW + 1)]);
    const many = Array.from({ length: WATCHERS_MAX + 2 }, (_, index) => seat(index, NOW + 1 + ((index * 7) % 102)));
    const left = seatsLeft(many, NOW);
    expect(left).toHaveLength(WATCHERS_MAX);
    expect(many.filter((one) => !left.includes(one)).map(([, until]) => until)).toEqual([NOW + 1, NOW + 2]);
  });
});

describe('[privacy] who may see what', () => {
  const facts: PresenceFacts = {
    shares_conversation: true,
    blocked: false,
    own_last_seen: 'everyone',
    their_last_seen: 'everyone',
    they_in_own_contacts: false,
    own_in_their_contacts: false,
  };
  const apart = { shares_conversation: false };
  const table: [string, Partial<PresenceFacts>, allowed: boolean, lastSeen: boolean][] = [
    ['all open', {}, true, true],
    ['a stranger', { shares_conversation: false }, false, false],
    ['a stranger who has one as a contact', { ...apart, own_in_their_contacts: true }, true, false],
    ['one who has a stranger as a contact', { ...apart, they_in_own_contacts: true }, true, false],
    ['contacts of each other', { ...apart, they_in_own_contacts: true, own_in_their_contacts: true }, true, true],
    ['a block between contacts', { blocked: true, they_in_own_contacts: true, own_in_their_contacts: true }, false, false],
    ['a block', { blocked: true }, false, false],
    ['they show nobody', { their_last_seen: 'nobody' }, true, false],
    ['nor their contacts', { their_last_seen: 'nobody', own_in_their_contacts: true }, true, false],
    ['they show contacts, and one is none', { their_last_seen: 'contacts', they_in_own_contacts: true }, true, false],
    ['they show contacts, and one is one', { their_last_seen: 'contacts', own_in_their_contacts: true }, true, true],
    ['one shows nobody', { own_last_seen: 'nobody' }, true, false],
    ['one shows contacts, and they are none', { own_last_seen: 'contacts', own_in_their_contacts: true }, true, false],
    ['one shows contacts, and they are one', { own_last_seen: 'contacts', they_in_own_contacts: true }, true, true],
    [
      'both show contacts, mutual',
      { own_last_seen: 'contacts', their_last_seen: 'contacts', they_in_own_contacts: true, own_in_their_contacts: true },
      true,
      true,
    ],
    ['both show contacts, one-sided', { own_last_seen: 'contacts', their_last_seen: 'contacts', own_in_their_contacts: true }, true, false],
  ];
  it.each(table)('%s', (_what, more, allowed, sees_last_seen) => {
    expect(permissionOf({ ...facts, ...more }, 'open')).toEqual({ allowed, sees_last_seen });
  });

  it('[P8] where strangers ask first, nobody sees who is here by putting them on their own list', () => {
    expect(permissionOf({ ...facts, ...apart, they_in_own_contacts: true }, 'requests').allowed).toBe(false);
    expect(permissionOf({ ...facts, ...apart, own_in_their_contacts: true }, 'requests').allowed).toBe(true);
    expect(permissionOf(facts, 'requests').allowed).toBe(true);
  });
});
