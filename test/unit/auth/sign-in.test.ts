/** What sign-ins to one account must wait for, as a table over an injected clock. */
import { describe, expect, it } from 'vitest';
import { FORGET_MS, LONGEST_DELAY_MS, PENDING_MS, delayAfter } from '../../../durable/sign-in/delay.ts';
import {
  KNOWN_MS,
  KNOWN_WRITTEN_EVERY_MS,
  NO_RECORD,
  PLACES_MAX,
  begin,
  end,
  endOf,
  isWorthWriting,
  remembered,
  type Ending,
  type SignInRecord,
} from '../../../durable/sign-in/record.ts';

const LIMITS = { free: 5, perHour: 100 };
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

class Account {
  record: SignInRecord = NO_RECORD;
  now = DAY;

  /** @returns the wait; a try that may begin ends as said */
  try(from: string | null, how: Ending): number {
    const { wait, record } = begin(this.record, from, this.now, LIMITS);
    this.record = wait > 0 ? record : end(record, from, how, this.now, LIMITS);
    return wait;
  }

  tries(from: string | null, how: Ending, times: number): number[] {
    return Array.from({ length: times }, () => this.try(from, how));
  }

  /** So many failures, each from another address. */
  spread(times: number, prefix = 'x'): number[] {
    return Array.from({ length: times }, (_, n) => this.try(`${prefix}${n}`, 'wrong'));
  }
}

describe('the wait after failures', () => {
  it.each([
    [0, 0],
    [4, 0],
    [5, 1_000],
    [6, 2_000],
    [7, 4_000],
    [8, 8_000],
    [16, 2_048_000],
    [17, 3_600_000],
    [1_000, 3_600_000],
  ])('after %i failures it is %i ms', (failures, wait) => {
    expect(delayAfter(failures, 5)).toBe(wait);
  });

  it('begins a hundred times later when limits are relaxed', () => {
    expect([delayAfter(499, 500), delayAfter(500, 500)]).toEqual([0, 1_000]);
  });

  it('refuses until it is over, says how long that is, and does not grow by tries that were refused', () => {
    const account = new Account();
    expect(account.tries('a', 'wrong', 7)).toEqual([0, 0, 0, 0, 0, 1_000, 1_000]);
    account.now += 999;
    expect(account.try('a', 'right')).toBe(1);
    account.now += 1;
    expect(account.tries('a', 'wrong', 2)).toEqual([0, 2_000]);
  });

  it('never exceeds an hour, and is forgotten after a day', () => {
    const account = new Account();
    const waits = Array.from({ length: 40 }, () => {
      const wait = account.try('a', 'wrong');
      account.now += wait;
      return wait;
    });
    expect(Math.max(...waits)).toBe(LONGEST_DELAY_MS);
    account.now += FORGET_MS;
    expect(account.tries('a', 'wrong', 5)).toEqual([0, 0, 0, 0, 0]);
  });

  it('is cleared by a right password after it, for that address', () => {
    const account = new Account();
    account.tries('a', 'wrong', 5);
    account.now += 1_000;
    expect(account.try('a', 'right')).toBe(0);
    expect(account.tries('a', 'wrong', 5)).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('[A15] the owner', () => {
  it('is not locked out by failures from another address', () => {
    const account = new Account();
    account.tries('stranger', 'wrong', 5);
    expect([account.try('stranger', 'wrong'), account.try('owner', 'right')]).toEqual([1_000, 0]);
  });

  it('is not locked out by failures from a hundred others, where they have signed in within 90 days', () => {
    const account = new Account();
    account.try('home', 'right');
    account.now += KNOWN_MS - 1;
    expect(account.spread(100)).toEqual(Array(100).fill(0));
    expect([account.try('new', 'right'), account.try('home', 'unchecked')]).toEqual([HOUR, 0]);
    account.now += 1;
    expect(account.try('home', 'right')).toBe(HOUR - 1);
  });

  it('who mistypes at home uses up nothing of what the others share', () => {
    const account = new Account();
    account.try('home', 'right');
    account.tries('home', 'wrong', 5);
    expect(account.record.failures).toBe(0);
  });

  it('gets in from anywhere again when the hour is over', () => {
    const account = new Account();
    account.spread(100);
    account.now += HOUR - 1;
    expect(account.try('new', 'right')).toBe(1);
    account.now += 1;
    expect(account.try('new', 'right')).toBe(0);
  });

  it('[A15] a right password from elsewhere does not give the guessers new tries', () => {
    const account = new Account();
    account.spread(99);
    account.try('owner', 'right');
    expect([account.try('y', 'wrong'), account.try('z', 'wrong')]).toEqual([0, HOUR]);
  });
});

describe('many tries at once', () => {
  const pending = (account: Account, from: (n: number) => string | null, times: number): number =>
    Array.from({ length: times }, (_, n) => {
      const { wait, record } = begin(account.record, from(n), account.now, LIMITS);
      account.record = record;
      return wait;
    }).filter((wait) => wait === 0).length;

  it.each([
    ['from one address: as many as may fail freely', () => 'a', 5],
    ['each from another: as many as may fail in an hour', (n: number) => `a${n}`, 100],
    ['of one address at any account: likewise', () => null, 100],
  ])('%s', (_case, from, admitted) => {
    expect(pending(new Account(), from, 300)).toBe(admitted);
  });

  it('make room when they end, or were never heard of again', () => {
    const account = new Account();
    pending(account, () => 'a', 5);
    account.record = end(account.record, 'a', 'unchecked', account.now, LIMITS);
    expect(pending(account, () => 'a', 5)).toBe(1);
    account.now += PENDING_MS;
    expect(pending(account, () => 'a', 5)).toBe(5);
  });

  it('are one at a time once the wait has begun', () => {
    const account = new Account();
    account.tries('a', 'wrong', 5);
    account.now += 1_000;
    expect(pending(account, () => 'a', 100)).toBe(1);
  });
});

describe('what is kept', () => {
  it('is at most a hundred addresses: the oldest that is not known goes first', () => {
    const account = new Account();
    account.try('home', 'right');
    for (let n = 0; n < 3 * PLACES_MAX; n++, account.now += 60_000) account.try(`x${n}`, 'wrong');
    const kept = Object.keys(account.record.places);
    expect(kept).toHaveLength(PLACES_MAX);
    expect(kept).toContain('home');
    expect(kept).toContain(`x${3 * PLACES_MAX - 1}`);
  });

  it('is at most a hundred known ones too', () => {
    const account = new Account();
    for (let n = 0; n < 2 * PLACES_MAX; n++, account.now++) account.try(`x${n}`, 'right');
    expect(Object.keys(account.record.places)).toEqual(Array.from({ length: PLACES_MAX }, (_, n) => `x${PLACES_MAX + n}`));
  });

  it('is written for a failure, and once a day for an address that is known', () => {
    const account = new Account();
    const writes = (from: string, how: Ending): boolean => {
      const before = account.record;
      account.try(from, how);
      return isWorthWriting(before, account.record);
    };
    expect([writes('a', 'right'), writes('a', 'right'), writes('a', 'unchecked')]).toEqual([true, false, false]);
    account.now += KNOWN_WRITTEN_EVERY_MS;
    expect([writes('a', 'right'), writes('a', 'wrong')]).toEqual([true, true]);
  });

  it.each([
    ['nothing', [], 0],
    ['a failure: a day', [['a', 'wrong']], DAY + FORGET_MS],
    [
      'a sign-in: ninety days',
      [
        ['a', 'wrong'],
        ['a', 'right'],
      ],
      DAY + KNOWN_MS,
    ],
    ['failures of an address: an hour', [[null, 'wrong']], DAY + HOUR],
  ] as const)('%s', (_case, tries, expected) => {
    const account = new Account();
    for (const [from, how] of tries) account.try(from, how);
    expect(endOf(account.record)).toBe(expected);
    expect(endOf(remembered(account.record, expected))).toBe(0);
  });
});
