/**
 * When each member's inbox is told what it lacks: pure. The first change after a pause is
 * told at once; while changes keep coming, at most once per window, and the window depends on
 * whether the member needs the inbox at all just now. Failures back off.
 */
import { backoffMs } from '../kit/alarms.ts';

/** What a member's inbox is known to have. */
export interface Mark {
  /** Every entry up to this number. */
  told: number;
  /** The member's own read position, as told. */
  read: number;
  /** When it was last told, or last tried. */
  at: number;
  failures: number;
}

export interface Situation {
  head: number;
  read: number;
  /** `here`: a fresh socket in this very conversation and none elsewhere. */
  place: 'here' | 'elsewhere' | 'away';
}

/** Who is here sees it on the socket, so the inbox waits for the alarm that the archive needs anyway. */
export const WINDOW_MS = { here: 10_000, elsewhere: 250, away: 1_000 } as const;

/** The instant at which the inbox is due, in the past when it is overdue; null when it lacks nothing. */
export function dueAt(mark: Mark, situation: Situation): number | null {
  if (mark.told >= situation.head && mark.read >= situation.read) return null;
  if (mark.failures > 0) return mark.at + backoffMs(mark.failures);
  return mark.at + WINDOW_MS[situation.place];
}

export const told = (mark: Mark, head: number, read: number, now: number): Mark => ({
  told: Math.max(mark.told, head),
  read: Math.max(mark.read, read),
  at: now,
  failures: 0,
});

export const failed = (mark: Mark, now: number): Mark => ({ ...mark, at: now, failures: mark.failures + 1 });

/** Never told anything: due at once. */
export const untold: Mark = { told: -1, read: 0, at: 0, failures: 0 };
