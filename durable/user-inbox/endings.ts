/**
 * Ends sessions everywhere: walks the user's conversations, newest first, and has each close
 * the session's sockets. The walk's place is stored, so that it goes on after a crash, by alarm.
 * A conversation that gets news meanwhile moves to the top, past the walk: another round follows.
 */
import { backoffMs } from '../kit/alarms.ts';
import type { EndingRecord } from './schema.ts';
import type { InboxStore } from './store.ts';

export interface EndingsDeps {
  store: InboxStore;
  closeSockets(conversationId: string, sessionId: string): Promise<unknown>;
  arm(at: number | null): void;
  now(): number;
  onError(error: unknown): void;
}

const CHUNK = 50;
const CONCURRENCY = 6;
const TOP = Number.MAX_SAFE_INTEGER;

export class Endings {
  readonly #deps: EndingsDeps;

  constructor(deps: EndingsDeps) {
    this.#deps = deps;
  }

  async end(sessionId: string): Promise<void> {
    const { store, arm, now } = this.#deps;
    const ending = { session_id: sessionId, walked_to: TOP, down_to: 0, began_at: store.newestActivity(), failures: 0, retry_at: now() };
    store.transaction(() => {
      store.dropTicketsOf(sessionId);
      store.putEnding(ending);
    });
    arm(now() + backoffMs(1));
    await this.#chunk(ending);
  }

  /** From the alarm: a chunk of every walk that is due. */
  async go(): Promise<void> {
    const { store, now } = this.#deps;
    for (const ending of store.endings()) if (ending.retry_at <= now()) await this.#chunk(ending);
  }

  nextAt(): number | null {
    const dues = this.#deps.store.endings().map((ending) => ending.retry_at);
    return dues.length === 0 ? null : Math.min(...dues);
  }

  async #chunk(ending: EndingRecord): Promise<void> {
    const { store, closeSockets, now, onError, arm } = this.#deps;
    const rows = store.conversationsBetween(ending.down_to, ending.walked_to, CHUNK);
    const waiting = rows.values();
    let failed = false;
    await Promise.all(
      Array.from({ length: CONCURRENCY }, async () => {
        for (const { conversation_id } of waiting) {
          try {
            await closeSockets(conversation_id, ending.session_id);
          } catch (error) {
            failed = true;
            onError(error);
          }
        }
      }),
    );
    if (failed) {
      const failures = ending.failures + 1;
      store.putEnding({ ...ending, failures, retry_at: now() + backoffMs(failures) });
    } else if (rows.length === CHUNK) {
      store.putEnding({ ...ending, walked_to: rows.at(-1)!.activity, failures: 0, retry_at: now() });
    } else {
      this.#endRound(ending);
    }
    arm(this.nextAt());
  }

  #endRound(ending: EndingRecord): void {
    const { store, now } = this.#deps;
    const newest = store.newestActivity();
    // A round of one chunk read all its rows at once: nothing slipped past it.
    if (ending.walked_to === TOP || newest <= ending.began_at) store.deleteEnding(ending.session_id);
    else store.putEnding({ ...ending, walked_to: TOP, down_to: ending.began_at, began_at: newest, failures: 0, retry_at: now() });
  }
}
