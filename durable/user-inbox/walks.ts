/**
 * Tells every conversation of the user something, newest first: that a session has ended, or
 * whether read receipts are on. A walk's place is stored, so that it goes on after a crash, by
 * alarm. A conversation that gets news meanwhile moves to the top, past the walk: another round
 * follows. One that does not answer holds up no other: it is tried again when all are done.
 * A last round catches those that were made when the walk began and had not told of themselves.
 */
import { backoffMs } from '../kit/alarms.ts';
import { inParallel } from '../kit/in-parallel.ts';
import type { WalkRecord } from './schema.ts';
import type { InboxStore } from './store.ts';

export interface WalksDeps {
  store: InboxStore;
  /** Does what the task says in one conversation; doing it twice does no harm. */
  visit(task: string, conversationId: string): Promise<unknown>;
  arm(at: number | null): void;
  now(): number;
  onError(error: unknown): void;
}

const CHUNK = 50;
/** With so many unanswered it is not the conversations that fail: the walk waits for them. */
const MISSED_MAX = 200;
const TOP = Number.MAX_SAFE_INTEGER;
/** Where the last round begins: above every activity too. */
const LAST = TOP - 1;
/** A conversation that was made a moment ago has perhaps not told of itself yet: the last round comes this much later, or with it. */
export const LAST_ROUND_MS = 30_000;

export class Walks {
  readonly #deps: WalksDeps;

  constructor(deps: WalksDeps) {
    this.#deps = deps;
  }

  /** From the top, also when the same task is on its way. Stored in the caller's turn; the first chunk follows. */
  async begin(task: string): Promise<void> {
    const { store, arm, now } = this.#deps;
    const fresh = { walked_to: TOP, down_to: 0, began_at: store.newestActivity(), failures: 0, retry_at: now(), missed: '[]' };
    store.putWalk({ task, ...fresh });
    arm(now() + backoffMs(1));
    await this.#chunk(task);
  }

  /** A conversation has told of itself for the first time: what waits for such is due. */
  hurry(): void {
    const { store, arm, now } = this.#deps;
    for (const walk of store.walks()) {
      if (walk.walked_to !== LAST || walk.retry_at <= now()) continue;
      store.putWalk({ ...walk, retry_at: now() });
      arm(now());
    }
  }

  /** From the alarm: a chunk of every walk that is due. */
  async ring(): Promise<void> {
    const { store, now } = this.#deps;
    for (const walk of store.walks()) if (walk.retry_at <= now()) await this.#chunk(walk.task);
  }

  nextAt(): number | null {
    const dues = this.#deps.store.walks().map((walk) => walk.retry_at);
    return dues.length === 0 ? null : Math.min(...dues);
  }

  async #chunk(task: string): Promise<void> {
    const { store, arm } = this.#deps;
    const walk = store.walk(task);
    if (walk === undefined) return;
    const before = JSON.parse(walk.missed) as string[];
    const waits = before.length >= MISSED_MAX || isAtEnd(walk);
    const rows = waits ? [] : store.conversationsBetween(walk.down_to, walk.walked_to, CHUNK);
    const ids = waits ? before.slice(0, MISSED_MAX) : rows.map(({ conversation_id }) => conversation_id);
    const failed = await this.#visit(task, ids);
    const current = store.walk(task);
    // Begun anew in the meantime: that walk does it all.
    if (current === undefined || current.began_at !== walk.began_at || current.walked_to !== walk.walked_to) return arm(this.nextAt());
    const missed = waits ? failed : [...new Set([...before, ...failed])];
    this.#moveOn({ ...walk, missed: JSON.stringify(missed) }, rows.length === CHUNK ? rows.at(-1)!.activity : null, waits, missed.length);
    arm(this.nextAt());
  }

  /** @returns those that failed */
  async #visit(task: string, ids: readonly string[]): Promise<string[]> {
    const failed: string[] = [];
    await inParallel(ids, async (id) => {
      try {
        await this.#deps.visit(task, id);
      } catch (error) {
        failed.push(id);
        this.#deps.onError(error);
      }
    });
    return failed;
  }

  #moveOn(walk: WalkRecord, walkedTo: number | null, retried: boolean, missed: number): void {
    const { store, now } = this.#deps;
    if (retried && missed > 0) {
      const failures = walk.failures + 1;
      return store.putWalk({ ...walk, failures, retry_at: now() + backoffMs(failures) });
    }
    if (retried && isAtEnd(walk)) return this.#lastRound(walk);
    if (retried) return store.putWalk({ ...walk, failures: 0, retry_at: now() });
    if (walkedTo !== null) return store.putWalk({ ...walk, walked_to: walkedTo, retry_at: now() });
    const newest = store.newestActivity();
    // A round of one chunk read all its rows at once: nothing slipped past it.
    if (walk.walked_to < LAST && newest > walk.began_at) {
      return store.putWalk({ ...walk, walked_to: TOP, down_to: walk.began_at, began_at: newest, retry_at: now() });
    }
    if (missed > 0) return store.putWalk({ ...walk, walked_to: walk.down_to, failures: 1, retry_at: now() + backoffMs(1) });
    if (walk.walked_to === LAST) return store.deleteWalk(walk.task);
    this.#lastRound(walk);
  }

  #lastRound(walk: WalkRecord): void {
    const { store, now } = this.#deps;
    store.putWalk({
      ...walk,
      walked_to: LAST,
      down_to: walk.began_at,
      began_at: store.newestActivity(),
      failures: 0,
      retry_at: now() + LAST_ROUND_MS,
      missed: '[]',
    });
  }
}

/** Every conversation has had its turn; only those that failed are left. */
const isAtEnd = (walk: WalkRecord): boolean => walk.walked_to <= walk.down_to;
