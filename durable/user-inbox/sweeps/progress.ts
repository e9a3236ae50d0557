/**
 * How a sweep goes on, pure. A conversation that gets news meanwhile moves to the top, past the sweep:
 * another round follows. One that does not answer holds up no other: it is tried again when all are done.
 * A last round catches those that were made when the sweep began and had not told of themselves.
 */
import { backoffMs } from '../../kit/alarms.ts';
import type { SweepRecord } from '../schema.ts';
import type { Stop } from './store.ts';

/** With so many unanswered it is not the conversations that fail: the sweep waits for them. */
export const MISSED_MAX = 200;
const TOP = Number.MAX_SAFE_INTEGER;
/** Where the last round begins: above every activity too. */
const LAST = TOP - 1;
/** A conversation that was made a moment ago has perhaps not told of itself yet: the last round comes this much later, or with it. */
export const LAST_ROUND_MS = 30_000;

export interface Chunk {
  ids: string[];
  /** They failed before, or come before all others. */
  areMissed: boolean;
  /** Where the round goes on below; null: this chunk is its last. */
  walkedTo: number | null;
}

export const beginning = (task: string, first: readonly string[], newestActivity: number, now: number): SweepRecord => ({
  task,
  walked_to: TOP,
  down_to: 0,
  began_at: newestActivity,
  failures: first.length > 0 ? -1 : 0,
  retry_at: now,
  missed: JSON.stringify(first),
});

/** It waits for conversations that have not told of themselves. */
export const dueLastRound = (sweep: SweepRecord): boolean => sweep.walked_to === LAST;

export function chunkOf(sweep: SweepRecord, next: () => { stops: Stop[]; isEnd: boolean }): Chunk {
  const missed = missedIn(sweep);
  if (sweep.failures < 0 || missed.length >= MISSED_MAX || isAtEnd(sweep)) {
    return { ids: missed.slice(0, MISSED_MAX), areMissed: true, walkedTo: null };
  }
  const { stops, isEnd } = next();
  return { ids: stops.map(({ conversation_id }) => conversation_id), areMissed: false, walkedTo: isEnd ? null : stops.at(-1)!.activity };
}

/** @returns the sweep as it goes on; null when it is over */
export function afterChunk(before: SweepRecord, chunk: Chunk, failed: readonly string[], newest: number, now: number): SweepRecord | null {
  const old = missedIn(before);
  const missed = chunk.areMissed ? [...failed, ...old.slice(MISSED_MAX)] : [...new Set([...old, ...failed])];
  const sweep = { ...before, failures: Math.max(0, before.failures), missed: JSON.stringify(missed) };
  // Those that come first hold up no other either.
  if (before.failures < 0) return { ...sweep, retry_at: now };
  if (chunk.areMissed && failed.length > 0) {
    return { ...sweep, failures: sweep.failures + 1, retry_at: now + backoffMs(sweep.failures + 1) };
  }
  if (chunk.areMissed)
    return isAtEnd(sweep) && missed.length === 0 ? lastRound(sweep, newest, now) : { ...sweep, failures: 0, retry_at: now };
  if (chunk.walkedTo !== null) return { ...sweep, walked_to: chunk.walkedTo, retry_at: now };
  // A round of one chunk read all its rows at once: nothing slipped past it.
  if (sweep.walked_to < LAST && newest > sweep.began_at) {
    return { ...sweep, walked_to: TOP, down_to: sweep.began_at, began_at: newest, retry_at: now };
  }
  if (missed.length > 0) return { ...sweep, walked_to: sweep.down_to, failures: 1, retry_at: now + backoffMs(1) };
  return sweep.walked_to === LAST ? null : lastRound(sweep, newest, now);
}

const lastRound = (sweep: SweepRecord, newest: number, now: number): SweepRecord => ({
  ...sweep,
  walked_to: LAST,
  down_to: sweep.began_at,
  began_at: newest,
  failures: 0,
  retry_at: now + LAST_ROUND_MS,
  missed: '[]',
});

/** Every conversation has had its turn; only those that failed are left. */
const isAtEnd = (sweep: SweepRecord): boolean => sweep.walked_to <= sweep.down_to;

const missedIn = ({ missed }: SweepRecord): string[] => JSON.parse(missed) as string[];
