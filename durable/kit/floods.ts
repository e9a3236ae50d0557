/**
 * Sockets that go on sending what is refused. Counted in memory, in windows: refusals and frames
 * above a rate on one side, on the other what follows a frame that was told to wait, which a client
 * that sends its whole queue cannot help.
 */
import { FLOOD_WINDOW_MS, HELD_FRAMES_MAX, REFUSED_FRAMES_MAX } from '../../protocol/limits.ts';

/** Why a frame is counted. */
export type Excess = 'refused' | 'held';

interface Window {
  since: number;
  refused: number;
  held: number;
}

export class Floods<Key extends WeakKey> {
  readonly #max: Record<Excess, number>;
  readonly #windows = new WeakMap<Key, Window>();

  constructor(rateFactor: number) {
    this.#max = { refused: REFUSED_FRAMES_MAX * rateFactor, held: HELD_FRAMES_MAX * rateFactor };
  }

  /** @returns whether that was one too many */
  count(key: Key, excess: Excess, now: number): boolean {
    let window = this.#windows.get(key);
    if (window === undefined || now - window.since >= FLOOD_WINDOW_MS) {
      window = { since: now, refused: 0, held: 0 };
      this.#windows.set(key, window);
    }
    return ++window[excess] > this.#max[excess];
  }
}
