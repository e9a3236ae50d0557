/**
 * While nobody was there, conversations told less and less often. When somebody comes, those whose
 * rows may lag are asked for their exact state; what they answer is merged and told like any news.
 */
import { concurrently } from '../kit/in-parallel.ts';
import type { Delivery } from './api.ts';
import type { Rows } from './rows.ts';
import type { InboxStore } from './store.ts';

export interface CatchUpDeps {
  store: InboxStore;
  rows: Rows;
  exact(conversationId: string, live: boolean): Promise<Delivery | null>;
  now(): number;
  onError(error: unknown): void;
}

const CHUNK = 50;
/** Rows of one user that are asked at most when a device comes; the next one asks the rest. */
const ROWS_MAX = 1_000;
/** Who asks by HTTP leaves the rows as they are, so asking is bounded. */
const HTTP_EVERY_MS = 10_000;

export class CatchUp {
  readonly #deps: CatchUpDeps;
  #running: Promise<void> | null = null;
  #again = false;
  #httpAt = Number.NEGATIVE_INFINITY;

  constructor(deps: CatchUpDeps) {
    this.#deps = deps;
  }

  /** A device has come. Never throws; what could not be asked keeps its mark for the next one. */
  live(): Promise<void> {
    if (this.#running !== null) {
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#all().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Somebody asks by HTTP: as good as it can be had now. */
  async once(): Promise<void> {
    const { store, now } = this.#deps;
    if (now() - this.#httpAt < HTTP_EVERY_MS) return;
    const ids = store.atLeast(CHUNK);
    if (ids.length === 0) return;
    this.#httpAt = now();
    await this.#ask(ids, false);
  }

  async #all(): Promise<void> {
    const asked = new Set<string>();
    do {
      this.#again = false;
      const ids = this.#deps.store.atLeast(ROWS_MAX).filter((id) => !asked.has(id));
      for (let from = 0; from < ids.length; from += CHUNK) {
        const chunk = ids.slice(from, from + CHUNK);
        for (const id of chunk) asked.add(id);
        await this.#ask(chunk, true);
      }
    } while (this.#again);
  }

  #ask(ids: readonly string[], live: boolean): Promise<void> {
    const { exact, rows, store, onError } = this.#deps;
    const ask = async (id: string): Promise<void> => {
      const delivery = await exact(id, live);
      if (delivery !== null) rows.take(delivery, live);
      // It knows nothing of this user: there will never be more.
      else store.setAtLeast(id, false);
    };
    return concurrently(ids, ask, onError);
  }
}
