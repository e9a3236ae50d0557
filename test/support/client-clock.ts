/** Virtual time: timers run in order of their instant, and nothing waits for a real one. */

export interface VirtualClock {
  now(): number;
  setTimer(callback: () => void, delayMs: number): () => void;
  /** Runs what is due until then; after each timer everything it has set going comes to rest. */
  run(durationMs: number): Promise<void>;
  /** How many timers wait. */
  waiting(): number;
}

/** More timers than this at one instant: somebody rearms one without ever letting time go on. */
const TIMERS_PER_INSTANT_MAX = 10_000;

interface Timer {
  at: number;
  order: number;
  /** Null: cancelled. */
  callback: (() => void) | null;
}

/** `rest`: resolves when no promise is left that moves by itself, or near enough: too early is only another order of events. */
export function createClock(startAt = 1_800_000_000_000, rest: () => Promise<void> = microtasks): VirtualClock {
  const heap: Timer[] = [];
  let now = startAt;
  let order = 0;
  return {
    now: () => now,
    setTimer(callback, delayMs) {
      const timer: Timer = { at: now + Math.max(0, delayMs), order: order++, callback };
      push(heap, timer);
      return () => void (timer.callback = null);
    },
    async run(durationMs) {
      const until = now + durationMs;
      let atOnce = 0;
      await rest();
      while (heap.length > 0 && heap[0]!.at <= until) {
        const timer = pop(heap);
        if (timer.callback === null) continue;
        atOnce = timer.at > now ? 0 : atOnce + 1;
        if (atOnce > TIMERS_PER_INSTANT_MAX) throw new Error('time stands still: a timer is set again and again for now');
        now = Math.max(now, timer.at);
        timer.callback();
        await rest();
      }
      now = until;
    },
    waiting: () => heap.filter(({ callback }) => callback !== null).length,
  };
}

/** Longer than any chain of promises here, and ten times cheaper than a turn of the event loop. */
export async function microtasks(): Promise<void> {
  for (let hop = 0; hop < 40; hop++) await null;
}

/** One turn of the event loop: every microtask has run, and I/O that was ready. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const before = (one: Timer, other: Timer) => one.at < other.at || (one.at === other.at && one.order < other.order);

function push(heap: Timer[], timer: Timer): void {
  let index = heap.push(timer) - 1;
  for (let parent = (index - 1) >> 1; index > 0 && before(timer, heap[parent]!); parent = (index - 1) >> 1) {
    heap[index] = heap[parent]!;
    index = parent;
  }
  heap[index] = timer;
}

function pop(heap: Timer[]): Timer {
  const top = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return top;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, last)) break;
    heap[index] = heap[child]!;
    index = child;
  }
  heap[index] = last;
  return top;
}
