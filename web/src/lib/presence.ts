/** How somebody's presence is said. */
import type { PresenceView } from '@natter/client';
import type { Calendar } from './calendar.ts';

const MINUTE_MS = 60_000;

/** Empty while nothing is known, or nothing may be said. */
export function presenceLine(presence: PresenceView | null, now: number, calendar: Pick<Calendar, 'dayOf' | 'time' | 'heading'>): string {
  if (presence === null) return '';
  if (presence.status !== 'offline') return presence.status;
  return presence.last_seen === undefined ? '' : `last seen ${whenOf(presence.last_seen, now, calendar)}`;
}

function whenOf(at: number, now: number, calendar: Pick<Calendar, 'dayOf' | 'time' | 'heading'>): string {
  const minutes = Math.floor((now - at) / MINUTE_MS);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return minutes === 1 ? 'a minute ago' : `${minutes} minutes ago`;
  const day = calendar.heading(at, now);
  if (day === 'Today' || day === 'Yesterday') return `${day.toLowerCase()} at ${calendar.time(at)}`;
  return `on ${day}`;
}
