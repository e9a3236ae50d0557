/** Virtual time: what is scheduled runs in order of its instant, and nothing waits for a real one. */

export interface Clock {
  now(): number;
  schedule(callback: () => void, delayMs: number): void;
  /** Runs what is due until then, each with all that it has set going. */
  run(durationMs: number): Promise<void>;
}

/** Any instant will do; this one is the same in every run. */
const START_AT = 1_800_000_000_000;

export function createClock(): Clock {
  let now = START_AT;
  let timers: { at: number; callback: () => void }[] = [];
  return {
    now: () => now,
    schedule(callback, delayMs) {
      const at = now + Math.max(0, delayMs);
      const index = timers.findLastIndex((timer) => timer.at <= at);
      timers = timers.toSpliced(index + 1, 0, { at, callback });
    },
    async run(durationMs) {
      const until = now + durationMs;
      await rest();
      for (let next = timers[0]; next !== undefined && next.at <= until; next = timers[0]) {
        timers = timers.slice(1);
        now = Math.max(now, next.at);
        next.callback();
        await rest();
      }
      now = until;
    },
  };
}

/** One turn of the event loop: every promise that moves by itself has moved. */
const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
