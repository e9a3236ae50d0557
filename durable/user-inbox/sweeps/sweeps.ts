/**
 * Tells every conversation of the user something, newest first: that a session has ended, or whether read
 * receipts are on. A sweep's place is stored, so that it goes on after a crash, by alarm; while it runs
 * nobody waits for it. The urgent kinds run at once, side by side; the others one at a time, and not while
 * an urgent one runs. How a sweep goes on after each chunk is in progress.ts.
 */
import { inParallel } from '../../kit/in-parallel.ts';
import type { SweepRecord } from '../schema.ts';
import { afterChunk, beginning, chunkOf, dueLastRound, MISSED_MAX, type Chunk } from './progress.ts';
import type { Stop, SweepStore } from './store.ts';

export interface SweepsDeps {
  store: SweepStore;
  /** Kinds of tasks that go before all others; a task begins with its kind. */
  urgentKinds: readonly string[];
  /** Does what the task says in one conversation, within a deadline; doing it twice does no harm. */
  visit(task: string, conversationId: string): Promise<unknown>;
  arm(at: number | null): void;
  now(): number;
  onError(error: unknown): void;
}

const CHUNK = 100;
/** Read at once, since finding them reads all rows. */
const PAGE = 2_000;
/**
 * Calls of one sweep in flight. The six connections that an object may have waiting are those of `fetch`, KV,
 * Cache, R2, Queues and TCP (https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections),
 * not calls to other objects: 2,000 conversations at 30 ms each take 2.5 s.
 */
const LANES = 24;
/** Urgent sweeps that run side by side. */
const URGENT_MAX = 5;
/** If the process dies, the alarm goes on with what was running this much later. */
const GUARD_MS = 10_000;

export class Sweeps {
  readonly #deps: SweepsDeps;
  readonly #running = new Map<string, Promise<void>>();
  /** On their way, by task. */
  readonly #chunks = new Map<string, Promise<void>>();
  /** While a chunk of theirs was on its way. */
  readonly #begunAnew = new Set<string>();
  /** What is left of the page that was read last, by task. */
  readonly #pages = new Map<string, { above: number; stops: Stop[] }>();

  constructor(deps: SweepsDeps) {
    this.#deps = deps;
  }

  /**
   * From the top, also when the same task is on its way. It is stored in the caller's turn, and starts in it.
   * @param first conversations that are told before all others
   * @returns when the first chunk has been told, if it could start; what failed goes on by itself
   */
  begin(task: string, first: readonly string[] = []): Promise<void> {
    const { store, now } = this.#deps;
    store.put(beginning(task, first.slice(0, MISSED_MAX), store.newestActivity(), now()));
    this.#pages.delete(task);
    if (this.#running.has(task)) this.#begunAnew.add(task);
    this.#go();
    return this.#chunks.get(task) ?? Promise.resolve();
  }

  /** A conversation has told of itself for the first time: what waits for such is due. */
  hurry(): void {
    const { store, now } = this.#deps;
    const waiting = this.#all().filter((sweep) => dueLastRound(sweep) && sweep.retry_at > now());
    for (const sweep of waiting) store.put({ ...sweep, retry_at: now() });
    if (waiting.length > 0) this.#go();
  }

  /** From the alarm: what is due goes on, beside whatever else the alarm is about. */
  ring(): void {
    this.#go();
  }

  nextAt(): number | null {
    const { now } = this.#deps;
    const dues = this.#all().map(({ retry_at }) => (retry_at <= now() ? now() + GUARD_MS : retry_at));
    return dues.length === 0 ? null : Math.min(...dues);
  }

  /** Resolves when nothing runs: what is left waits for its time. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  #go(): void {
    const { now, arm, onError } = this.#deps;
    for (const { task, retry_at } of this.#all()) {
      if (retry_at > now() || this.#running.has(task) || !this.#mayRun(task)) continue;
      const running = this.#run(task).then(
        () => {
          this.#running.delete(task);
          this.#go();
        },
        (error: unknown) => {
          // Not again at once: the alarm comes back to it.
          this.#running.delete(task);
          onError(error);
        },
      );
      this.#running.set(task, running);
    }
    arm(this.nextAt());
  }

  async #run(task: string): Promise<void> {
    const { store, now } = this.#deps;
    for (let sweep = store.get(task); sweep !== undefined && sweep.retry_at <= now(); sweep = store.get(task)) {
      const chunk = this.#chunk(sweep);
      this.#chunks.set(task, chunk);
      await chunk;
      if (!this.#isUrgent(task) && this.#urgentRun()) break;
    }
    for (const memory of [this.#pages, this.#chunks, this.#begunAnew]) memory.delete(task);
  }

  async #chunk(sweep: SweepRecord): Promise<void> {
    const { store, now } = this.#deps;
    const { task } = sweep;
    this.#begunAnew.delete(task);
    const chunk = chunkOf(sweep, () => this.#stopsOf(sweep));
    const failed = await this.#visit(task, chunk);
    // That sweep does it all.
    if (this.#begunAnew.has(task)) return;
    const next = afterChunk(sweep, chunk, failed, store.newestActivity(), now());
    if (next === null) store.delete(task);
    else store.put(next);
  }

  /** The next few, off a page: whatever moves meanwhile moves to the top, where another round finds it. */
  #stopsOf({ task, down_to, walked_to }: SweepRecord): { stops: Stop[]; isEnd: boolean } {
    const kept = this.#pages.get(task);
    const usable = kept !== undefined && kept.above === down_to && (kept.stops[0]?.activity ?? Infinity) < walked_to;
    const all = usable && kept.stops.length > 0 ? kept.stops : this.#deps.store.stopsBetween(down_to, walked_to, PAGE);
    const stops = all.slice(0, CHUNK);
    this.#pages.set(task, { above: down_to, stops: all.slice(CHUNK) });
    return { stops, isEnd: stops.length < CHUNK };
  }

  /** @returns those that failed */
  async #visit(task: string, { ids }: Chunk): Promise<string[]> {
    const failed: string[] = [];
    const visit = async (id: string): Promise<void> => {
      try {
        await this.#deps.visit(task, id);
      } catch (error) {
        failed.push(id);
        this.#deps.onError(error);
      }
    };
    await inParallel(ids, visit, LANES);
    return failed;
  }

  #all(): SweepRecord[] {
    return this.#deps.store.all(this.#deps.urgentKinds);
  }

  #mayRun(task: string): boolean {
    return this.#isUrgent(task)
      ? [...this.#running.keys()].filter((each) => this.#isUrgent(each)).length < URGENT_MAX
      : this.#running.size === 0;
  }

  #urgentRun(): boolean {
    return [...this.#running.keys()].some((task) => this.#isUrgent(task));
  }

  #isUrgent(task: string): boolean {
    return this.#deps.urgentKinds.some((kind) => task.startsWith(kind));
  }
}
