/**
 * Whether a conversation has reached its size. The database is asked once on waking and then only
 * after an eighth of what was left may have been written, so a message pays nothing for it.
 * Once full it is asked at most every ten seconds: deleting may have made room.
 */

export interface SizeDeps {
  bytes(): number;
  max: number;
  now(): number;
}

const FULL_AGAIN_MS = 10_000;

export class Size {
  readonly #deps: SizeDeps;
  /** What may still be written before the next look. */
  #unlooked = 0;
  #fullUntil: number | null = null;

  constructor(deps: SizeDeps) {
    this.#deps = deps;
  }

  full(): boolean {
    const { bytes, max, now } = this.#deps;
    if (this.#fullUntil === null ? this.#unlooked > 0 : now() < this.#fullUntil) return this.#fullUntil !== null;
    const left = max - bytes();
    this.#unlooked = Math.max(0, left / 8);
    this.#fullUntil = left <= 0 ? now() + FULL_AGAIN_MS : null;
    return left <= 0;
  }

  wrote(bytes: number): void {
    this.#unlooked -= bytes;
  }
}
