/** The waiting after failed sign-ins, as a table over an injected clock. */
import { describe, expect, it } from 'vitest';
import {
  FORGET_MS,
  LONGEST_DELAY_MS,
  NO_ATTEMPTS,
  PENDING_MS,
  admit,
  afterFailure,
  afterNothing,
  delayAfter,
  type Attempts,
} from '../../../durable/sign-in-delay.ts';

const FREE = 5;
const failedTimes = (times: number, at = 0): Attempts =>
  Array.from({ length: times }).reduce<Attempts>((attempts) => afterFailure(attempts, at, FREE), NO_ATTEMPTS);

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
    expect(delayAfter(failures, FREE)).toBe(wait);
  });

  it('begins a hundred times later when limits are relaxed', () => {
    expect([delayAfter(499, 500), delayAfter(500, 500)]).toEqual([0, 1_000]);
  });

  it('refuses until it is over, and says how long that is', () => {
    const attempts = failedTimes(6, 10_000);
    expect(admit(attempts, 10_500, FREE, true)).toMatchObject({ admitted: false, retry_after_ms: 1_500 });
    expect(admit(attempts, 11_999, FREE, true)).toMatchObject({ admitted: false, retry_after_ms: 1 });
    expect(admit(attempts, 12_000, FREE, true)).toMatchObject({ admitted: true, retry_after_ms: 0 });
  });

  it('does not grow by tries that were refused', () => {
    const before = failedTimes(6, 10_000);
    const refused = [10_100, 10_200, 10_300].reduce((attempts, now) => admit(attempts, now, FREE, true).attempts, before);
    expect(refused).toEqual(before);
  });

  it('never exceeds an hour, and forgets all after a day', () => {
    const attempts = failedTimes(60, 1);
    expect(attempts.open_at).toBe(1 + LONGEST_DELAY_MS);
    expect(admit(attempts, 1 + FORGET_MS, FREE, true).attempts.failures).toBe(0);
    expect(afterFailure(attempts, 1 + FORGET_MS, FREE)).toMatchObject({ failures: 1, open_at: 1 + FORGET_MS });
  });
});

describe('many tries at once', () => {
  const begin = (attempts: Attempts, times: number, now = 0) => {
    const admitted: boolean[] = [];
    let current = attempts;
    for (let i = 0; i < times; i++) {
      const admission = admit(current, now, FREE, true);
      admitted.push(admission.admitted);
      current = admission.attempts;
    }
    return { admitted: admitted.filter(Boolean).length, attempts: current };
  };

  it('lets no more through together than may fail freely', () => {
    expect(begin(NO_ATTEMPTS, 100).admitted).toBe(FREE);
  });

  it('lets one through at a time once the wait has begun', () => {
    expect(begin(failedTimes(5, 0), 100, 1_000).admitted).toBe(1);
  });

  it('makes room again when a try ends, or was never heard of again', () => {
    const { attempts } = begin(NO_ATTEMPTS, 5);
    expect(begin(afterNothing(attempts, 0), 5).admitted).toBe(1);
    expect(begin(attempts, 5, PENDING_MS).admitted).toBe(5);
  });

  it('does not count the tries of an address before they fail', () => {
    const admissions = Array.from({ length: 20 }, () => admit(NO_ATTEMPTS, 0, FREE, false));
    expect(admissions.every(({ admitted, attempts }) => admitted && attempts.pending.length === 0)).toBe(true);
  });
});
