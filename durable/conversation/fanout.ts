/**
 * When each member's inbox is told what it lacks: pure. The first change after a pause is
 * told at once to whoever does not see it here; while changes keep coming, at most once per
 * window, and the window depends on whether the member needs the inbox at all just now.
 * What was only shown comes again until it is stored. Failures back off.
 */
/** What a member's inbox is known to have, and what is known of the member. */
export interface Mark {
  /** Every entry up to this number is stored there. */
  told: number;
  /** The entries up to this one were looked through for what mentions the member: behind `told` after long silence. */
  searched: number;
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
  /** When the head was written. */
  movedAt: number;
  /** When old entries were last looked through, for whomever. */
  searchedAt: number;
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
/**
 * How long an inbox that does not answer is left alone, and for how many tries: whoever comes back must not find the list
 * an hour old, and after a month of silence a try a week is two rows a week. It never ends, for the log is kept too.
 */
export const FAILED_WINDOWS: readonly (readonly [windowMs: number, tries: number])[] = [
  [2_000, 1],
  [10_000, 1],
  [60_000, 1],
  [300_000, 24],
  [3_600_000, 22],
  [86_400_000, 30],
  [7 * 86_400_000, Infinity],
];
/** While something happens in the conversation. */
export const FAILED_WINDOW_MAX_MS = 300_000;
/** Between two stretches of old entries that are looked through. */
export const SEARCH_WINDOW_MS = 250;
/** An inbox writes a row this often while it is shown. */
export const STORE_WINDOW_MS = 5_000;

/** The instant at which the inbox is due, in the past when it is overdue; null when it lacks nothing. */
export function dueAt(mark: Mark, situation: Situation): number | null {
  const { head, read, place, lackingSinceAt, movedAt, searchedAt, shown } = situation;
  const hasAll = mark.told >= head && mark.read >= read;
  if (hasAll && mark.searched >= mark.told) return null;
  if (mark.failures > 0) return mark.at + failedWindowMs(mark.failures, movedAt > mark.at);
  if (hasAll) return searchedAt + SEARCH_WINDOW_MS;
  const windowMs = windowOf(mark, place);
  if (shown === null) return (place === 'here' ? Math.max(mark.at, lackingSinceAt) : mark.at) + windowMs;
  const seesAll = shown.to >= head && shown.read >= read;
  return shown.at + (seesAll ? STORE_WINDOW_MS : Math.min(windowMs, STORE_WINDOW_MS));
}

/** What an inbox was told, and what it answered. */
export interface Telling {
  head: number;
  read: number;
  /** How far the log was looked through for the member. */
  searched: number;
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
  searched: Math.max(mark.searched, telling.searched),
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
export const untold: Mark = { told: -1, searched: -1, read: 0, at: 0, failures: 0, step: 0, elsewhere: false };

/** What is as at first is left out, here as in the rows of earlier versions. */
export const marksToJson = (marks: ReadonlyMap<string, Mark>): string =>
  JSON.stringify(Object.fromEntries(Array.from(marks, ([userId, mark]) => [userId, packed(mark)])));

export const marksFromJson = (json: string): Map<string, Mark> =>
  new Map(
    Object.entries(JSON.parse(json) as Record<string, Partial<Mark>>).map(([userId, mark]) => [
      userId,
      { ...untold, searched: mark.told ?? -1, ...mark },
    ]),
  );

function packed({ told: to, searched, read, at, failures, step, elsewhere }: Mark): Partial<Mark> {
  const behind = searched === to ? {} : { searched };
  return { told: to, ...behind, read, at, ...(failures > 0 && { failures }), ...(step > 0 && { step }), ...(elsewhere && { elsewhere }) };
}

const lastStep = ({ direct }: Telling): number => (direct ? LAST_STEP_DIRECT : AWAY_WINDOWS_MS.length - 1);

function failedWindowMs(failures: number, somethingHappened: boolean): number {
  let left = failures;
  const [windowMs] = FAILED_WINDOWS.find(([, tries]) => (left -= tries) <= 0)!;
  return somethingHappened ? Math.min(windowMs, FAILED_WINDOW_MAX_MS) : windowMs;
}

function windowOf({ step }: Mark, place: Place): number {
  if (place === 'elsewhere') return ELSEWHERE_WINDOW_MS;
  return place === 'here' ? HERE_WINDOW_MS : AWAY_WINDOWS_MS[Math.min(step, AWAY_WINDOWS_MS.length - 1)]!;
}
