/**
 * How long a sign-in to one account from one address must wait after failures: a pure decision over a small
 * record. The first failures are free; from the threshold on the wait doubles from 1 s to 1 h. A try that is
 * refused is no failure. A day without failures forgets all.
 */

export const FREE_FAILURES = 5;
export const FIRST_DELAY_MS = 1_000;
export const LONGEST_DELAY_MS = 3_600_000;
export const FORGET_MS = 24 * 3_600_000;
/** A try that never reported its end (its Worker died) counts as over after this. */
export const PENDING_MS = 30_000;

export interface Attempts {
  failures: number;
  failed_at: number;
  /** No try before this. */
  open_at: number;
  /** When the tries that are still being checked began. */
  pending: number[];
}

export const NO_ATTEMPTS: Attempts = { failures: 0, failed_at: 0, open_at: 0, pending: [] };

/**
 * May a try begin? @returns the milliseconds to wait, 0 for now. Tries that are being checked count until they
 * end: a hundred guesses at once must not all pass before the first of them has failed.
 */
export function waitOf(attempts: Attempts, now: number, freeFailures: number): number {
  const { failures, open_at, pending } = current(attempts, now);
  if (now < open_at) return open_at - now;
  return pending.length > 0 && failures + pending.length >= freeFailures ? FIRST_DELAY_MS : 0;
}

export function afterBegin(before: Attempts, now: number): Attempts {
  const attempts = current(before, now);
  return { ...attempts, pending: [...attempts.pending, now] };
}

export function afterFailure(before: Attempts, now: number, freeFailures: number): Attempts {
  const attempts = afterNothing(before, now);
  const failures = attempts.failures + 1;
  return { ...attempts, failures, failed_at: now, open_at: now + delayAfter(failures, freeFailures) };
}

/** A try ended without a verdict: nothing was guessed. */
export function afterNothing(before: Attempts, now: number): Attempts {
  const attempts = current(before, now);
  return { ...attempts, pending: attempts.pending.slice(1) };
}

/** Milliseconds to wait after so many failures in a row. */
export const delayAfter = (failures: number, freeFailures: number): number =>
  failures < freeFailures ? 0 : Math.min(FIRST_DELAY_MS * 2 ** Math.min(failures - freeFailures, 30), LONGEST_DELAY_MS);

/** What still counts. */
export function current(attempts: Attempts, now: number): Attempts {
  const pending = attempts.pending.filter((begunAt) => now - begunAt < PENDING_MS);
  return attempts.failures > 0 && now - attempts.failed_at >= FORGET_MS ? { ...NO_ATTEMPTS, pending } : { ...attempts, pending };
}
