/** For how long a conversation can be muted, and what is said while it is. */
import type { Calendar } from './calendar.ts';

const HOUR_MS = 3_600_000;
/** The last instant that a `Date` can hold: longer than anybody waits. */
const FOREVER_AT = 8_640_000_000_000_000;
const FOREVER_FROM_MS = 50 * 365 * 24 * HOUR_MS;

export const MUTE_CHOICES = [
  { label: 'For 1 hour', until: (now: number) => now + HOUR_MS },
  { label: 'For 8 hours', until: (now: number) => now + 8 * HOUR_MS },
  { label: 'For 1 week', until: (now: number) => now + 7 * 24 * HOUR_MS },
  { label: 'Always', until: () => FOREVER_AT },
] as const;

export const isMuted = (mutedUntil: number | null, now: number): boolean => mutedUntil !== null && mutedUntil > now;

export function mutedLine(mutedUntil: number, now: number, calendar: Pick<Calendar, 'dayOf' | 'time' | 'full'>): string {
  if (mutedUntil - now > FOREVER_FROM_MS) return 'Muted';
  const isToday = calendar.dayOf(mutedUntil) === calendar.dayOf(now);
  return `Muted until ${isToday ? calendar.time(mutedUntil) : calendar.full(mutedUntil)}`;
}
