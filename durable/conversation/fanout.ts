/**
 * When each member's inbox is told what it lacks: pure. The first change after a pause is
 * told at once to whoever does not see it here; while changes keep coming, at most once per
 * window, and the window depends on whether the member needs the inbox at all just now.
 * What was only shown comes again until it is stored. Failures back off.
 */
import { backoffMs } from '../kit/alarms.ts';

/** What a member's inbox is known to have, and what is known of the member. */
export interface Mark {
  /** Every entry up to this number is stored there. */
  told: number;
  /** The member's own read position, as stored there. */
  read: number;
  /** When it was last told, or last tried. */
  at: number;
  failures: number;
  /** How often it was told since the member was last seen anywhere: the longer away, the longer the window. */
  step: number;
  /** A device of the member was last known to be live and not in this conversation. */
  elsewhere: boolean;
}

/** Told to sockets and not stored: known in memory only. */
export interface Shown {
  to: number;
  read: number;
  at: number;
}

export interface Situation {
  head: number;
  read: number;
  /** `here`: a fresh socket in this very conversation and none known elsewhere. */
  place: Place;
  /** When the first entry that the inbox lacks was written; 0 when it lacks none. */
  lackingSinceAt: number;
  shown: Shown | null;
}

export type Place = 'here' | 'elsewhere' | 'away';

export const ELSEWHERE_WINDOW_MS = 250;
/** Who is here sees it on the socket, and has said so by the time the inbox is told. */
export const HERE_WINDOW_MS = 5_000;
/** The first is told at once. */
export const AWAY_WINDOWS_MS = [0, 10_000, 60_000, 600_000] as const;
/** A notification follows what an inbox is told. Who is called by name waits ten seconds at most, who is talked to alone a minute. */
const LAST_STEP_CALLED = 1;
const LAST_STEP_DIRECT = 2;
/** A try costs one call, and whoever comes back must not find the list an hour old. */
export const FAILED_WINDOW_MAX_MS = 300_000;
/** An inbox writes a row this often while it is shown. */
export const STORE_WINDOW_MS = 5_000;

/** The instant at which the inbox is due, in the past when it is overdue; null when it lacks nothing. */
export function dueAt(mark: Mark, situation: Situation): number | null {
  const { head, read, place, lackingSinceAt, shown } = situation;
  if (mark.told >= head && mark.read >= read) return null;
  if (mark.failures > 0) return mark.at + Math.min(backoffMs(mark.failures), FAILED_WINDOW_MAX_MS);
  const windowMs = windowOf(mark, place);
  if (shown === null) return (place === 'here' ? Math.max(mark.at, lackingSinceAt) : mark.at) + windowMs;
  const seesAll = shown.to >= head && shown.read >= read;
  return shown.at + (seesAll ? STORE_WINDOW_MS : Math.min(windowMs, STORE_WINDOW_MS));
}

/** What an inbox was told, and what it answered. */
export interface Telling {
  head: number;
  read: number;
  /** Where the member was when it was told. */
  place: Place;
  liveElsewhere: boolean;
  /** Of a conversation of two. */
  direct: boolean;
}

/** Stored. */
export const told = (mark: Mark, telling: Telling, now: number): Mark => ({
  ...seen(mark, telling),
  told: Math.max(mark.told, telling.head),
  read: Math.max(mark.read, telling.read),
  at: now,
  // That there is such a conversation is no news that would make the first message wait.
  step: mark.told < 0 || telling.liveElsewhere || telling.place !== 'away' ? 0 : Math.min(mark.step + 1, lastStep(telling)),
});

/** Shown to sockets only: everything that was lacking still is. */
export const seen = (mark: Mark, { liveElsewhere }: Pick<Telling, 'liveElsewhere'>): Mark => ({
  ...mark,
  failures: 0,
  elsewhere: liveElsewhere,
});

export const failed = (mark: Mark, now: number): Mark => ({ ...mark, at: now, failures: mark.failures + 1 });

/** A device has come, or has left this conversation and may be anywhere. However often telling failed before, it is worth another try. */
export const live = (mark: Mark, elsewhere: boolean): Mark => ({ ...mark, step: 0, failures: 0, elsewhere: elsewhere || mark.elsewhere });

/** They look next: told at once, whenever they were told last. */
export const atOnce = (mark: Mark): Mark => ({ ...mark, at: 0 });

/** A message mentions them. */
export const called = (mark: Mark): Mark => (mark.step > LAST_STEP_CALLED ? { ...mark, step: LAST_STEP_CALLED } : mark);

/** Never told anything: due at once. */
export const untold: Mark = { told: -1, read: 0, at: 0, failures: 0, step: 0, elsewhere: false };

/** What is as at first is left out, here as in the rows of earlier versions. */
export const marksToJson = (marks: ReadonlyMap<string, Mark>): string =>
  JSON.stringify(Object.fromEntries(Array.from(marks, ([userId, mark]) => [userId, packed(mark)])));

export const marksFromJson = (json: string): Map<string, Mark> =>
  new Map(Object.entries(JSON.parse(json) as Record<string, Partial<Mark>>).map(([userId, mark]) => [userId, { ...untold, ...mark }]));

function packed({ told: to, read, at, failures, step, elsewhere }: Mark): Partial<Mark> {
  return { told: to, read, at, ...(failures > 0 && { failures }), ...(step > 0 && { step }), ...(elsewhere && { elsewhere }) };
}

const lastStep = ({ direct }: Telling): number => (direct ? LAST_STEP_DIRECT : AWAY_WINDOWS_MS.length - 1);

function windowOf({ step }: Mark, place: Place): number {
  if (place === 'elsewhere') return ELSEWHERE_WINDOW_MS;
  return place === 'here' ? HERE_WINDOW_MS : AWAY_WINDOWS_MS[Math.min(step, AWAY_WINDOWS_MS.length - 1)]!;
}
