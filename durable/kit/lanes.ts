/** Turns for calls to others: six at once, for the platform lets six wait for an answer. Who may not answer never has them all. */

const LANES = 6;
const SLOW_LANES = 3;

export class Lanes {
  readonly #waiting: (() => void)[] = [];
  readonly #slowWaiting: (() => void)[] = [];
  #busy = 0;
  #slowBusy = 0;

  /** @param slow may take long to fail: behind all others, and at most three at once */
  async run<T>(slow: boolean, call: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      (slow ? this.#slowWaiting : this.#waiting).push(resolve);
      this.#next();
    });
    try {
      return await call();
    } finally {
      this.#busy -= 1;
      if (slow) this.#slowBusy -= 1;
      this.#next();
    }
  }

  #next(): void {
    if (this.#busy === LANES) return;
    const prompt = this.#waiting.shift();
    if (prompt === undefined && (this.#slowBusy === SLOW_LANES || this.#slowWaiting.length === 0)) return;
    this.#busy += 1;
    if (prompt !== undefined) return prompt();
    this.#slowBusy += 1;
    this.#slowWaiting.shift()!();
  }
}
