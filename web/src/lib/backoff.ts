/** How long to wait before asking again, after so many failures in a row: doubling, half a minute at most, never all at once. Pure. */
export const RETRY_MIN_MS = 1_000;
export const RETRY_MAX_MS = 30_000;

/** @param random from 0 up to 1 */
export const retryIn = (failures: number, random: number): number =>
  Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** failures) * (0.5 + random / 2);
