import { describe, expect, test } from 'vitest';
import { createCalendar } from '../../../web/src/lib/calendar.ts';

const calendar = createCalendar('en-GB', 'Europe/Berlin');
const at = (text: string) => Date.parse(text);

describe('days and times', () => {
  const now = at('2026-11-24T09:00:00+01:00');
  test.each([
    ['2026-11-24T00:00:00+01:00', 'Today', '00:00'],
    ['2026-11-23T23:59:00+01:00', 'Yesterday', 'Mon'],
    ['2026-11-18T12:00:00+01:00', 'Wednesday', 'Wed'],
    ['2026-11-17T12:00:00+01:00', 'Tuesday 17 November', '17 Nov'],
    ['2025-11-24T12:00:00+01:00', '24 November 2025', '24/11/25'],
    ['2026-11-25T12:00:00+01:00', 'Wednesday 25 November', '25 Nov'],
  ])('%s is %s', (then, heading, short) => {
    expect([calendar.heading(at(then), now), calendar.short(at(then), now)]).toEqual([heading, short]);
  });

  test('the day is the local one, not that of UTC', () => {
    expect(calendar.dayOf(at('2026-11-23T23:30:00Z'))).toBe('2026-11-24');
  });

  test('yesterday is one day ago on the days of 23 and of 25 hours', () => {
    expect(calendar.heading(at('2026-03-28T12:00:00+01:00'), at('2026-03-29T23:30:00+02:00'))).toBe('Yesterday');
    expect(calendar.heading(at('2026-10-24T12:00:00+02:00'), at('2026-10-25T23:30:00+01:00'))).toBe('Yesterday');
    expect(calendar.heading(at('2026-10-25T00:30:00+02:00'), at('2026-10-25T23:30:00+01:00'))).toBe('Today');
  });

  test('the first day of a year follows the last one of another', () => {
    expect(calendar.heading(at('2027-12-31T12:00:00+01:00'), at('2028-01-01T12:00:00+01:00'))).toBe('Yesterday');
    expect(calendar.heading(at('2028-02-28T12:00:00+01:00'), at('2028-03-01T12:00:00+01:00'))).toBe('Monday');
  });
});
