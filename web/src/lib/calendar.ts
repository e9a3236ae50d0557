/**
 * Days and times as people say them, in one locale and time zone.
 * Knows no clock: whoever asks says what time it is.
 */

export interface Calendar {
  /** `2026-11-24`: equal for two instants of the same local day. */
  dayOf(at: number): string;
  /** `14:05` or `2:05 PM`. */
  time(at: number): string;
  /** A day's heading: Today, Yesterday, a weekday, a date. */
  heading(at: number, now: number): string;
  /** The shortest that says when: a time today, a weekday this week, else a date. */
  short(at: number, now: number): string;
  /** Everything, for a tooltip. */
  full(at: number): string;
}

export function createCalendar(locale?: string, timeZone?: string): Calendar {
  const format = (options: Intl.DateTimeFormatOptions, of = locale) =>
    new Intl.DateTimeFormat(of, timeZone === undefined ? options : { ...options, timeZone });
  const iso = format({ year: 'numeric', month: '2-digit', day: '2-digit' }, 'en-CA');
  const clock = format({ timeStyle: 'short' });
  const weekday = format({ weekday: 'long' });
  const shortWeekday = format({ weekday: 'short' });
  const date = format({ weekday: 'long', day: 'numeric', month: 'long' });
  const dateWithYear = format({ day: 'numeric', month: 'long', year: 'numeric' });
  const shortDate = format({ day: 'numeric', month: 'short' });
  const shortDateWithYear = format({ day: 'numeric', month: 'numeric', year: '2-digit' });
  const full = format({ dateStyle: 'full', timeStyle: 'short' });

  const dayOf = (at: number) => iso.format(at);
  const daysAgo = (at: number, now: number) => dayNumber(dayOf(now)) - dayNumber(dayOf(at));
  const sameYear = (at: number, now: number) => dayOf(at).slice(0, 4) === dayOf(now).slice(0, 4);

  return {
    dayOf,
    time: (at) => clock.format(at),
    full: (at) => full.format(at),
    heading(at, now) {
      const days = daysAgo(at, now);
      if (days === 0) return 'Today';
      if (days === 1) return 'Yesterday';
      if (days > 1 && days < 7) return weekday.format(at);
      return (sameYear(at, now) ? date : dateWithYear).format(at);
    },
    short(at, now) {
      const days = daysAgo(at, now);
      if (days === 0) return clock.format(at);
      if (days > 0 && days < 7) return shortWeekday.format(at);
      return (sameYear(at, now) ? shortDate : shortDateWithYear).format(at);
    },
  };
}

/** Days since 1970 of a civil date (Howard Hinnant, "days_from_civil"): a day of 23 or 25 hours is one day. */
function dayNumber(day: string): number {
  const [y = 0, month = 1, date = 1] = day.split('-').map(Number);
  const year = month <= 2 ? y - 1 : y;
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + date - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}
