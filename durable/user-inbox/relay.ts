/**
 * What devices got on the inbox socket, told to the conversations: gathered for half a second,
 * the highest number of each. Lost in a crash, it is said again by a later one.
 */
import { concurrently } from '../kit/in-parallel.ts';

export interface RelayDeps {
  delivered(conversationId: string, messageId: number): Promise<void>;
  schedule(callback: () => void, delayMs: number): void;
  onError(error: unknown): void;
}

export const RELAY_WINDOW_MS = 500;

export class Relay {
  readonly #deps: RelayDeps;
  #waiting = new Map<string, number>();

  constructor(deps: RelayDeps) {
    this.#deps = deps;
  }

  delivered(conversationId: string, messageId: number): void {
    if (this.#waiting.size === 0) this.#deps.schedule(() => void this.#flush(), RELAY_WINDOW_MS);
    this.#waiting.set(conversationId, Math.max(messageId, this.#waiting.get(conversationId) ?? 0));
  }

  #flush(): Promise<void> {
    const waiting = [...this.#waiting];
    this.#waiting = new Map();
    const { delivered, onError } = this.#deps;
    return concurrently(waiting, ([conversationId, messageId]) => delivered(conversationId, messageId), onError);
  }
}
