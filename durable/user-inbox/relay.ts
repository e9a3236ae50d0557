/**
 * What devices got on the inbox socket, told to the conversations: gathered for half a second,
 * the highest number of each. One that does not answer is told again a few times; lost in a crash,
 * it is said by a later one.
 */
import { concurrently } from '../kit/in-parallel.ts';

export interface RelayDeps {
  delivered(conversationId: string, messageId: number): Promise<void>;
  schedule(callback: () => void, delayMs: number): void;
  onError(error: unknown): void;
}

export const RELAY_WINDOW_MS = 500;
const TRIES = 4;

interface Waiting {
  messageId: number;
  tries: number;
}

export class Relay {
  readonly #deps: RelayDeps;
  #waiting = new Map<string, Waiting>();

  constructor(deps: RelayDeps) {
    this.#deps = deps;
  }

  delivered(conversationId: string, messageId: number): void {
    this.#add(conversationId, { messageId, tries: 0 });
  }

  #add(conversationId: string, { messageId, tries }: Waiting): void {
    if (this.#waiting.size === 0) this.#deps.schedule(() => void this.#flush(), RELAY_WINDOW_MS);
    const before = this.#waiting.get(conversationId) ?? { messageId, tries };
    this.#waiting.set(conversationId, { messageId: Math.max(messageId, before.messageId), tries: Math.min(tries, before.tries) });
  }

  #flush(): Promise<void> {
    const waiting = [...this.#waiting];
    this.#waiting = new Map();
    const { delivered, onError } = this.#deps;
    const tell = async ([conversationId, { messageId, tries }]: [string, Waiting]): Promise<void> => {
      try {
        await delivered(conversationId, messageId);
      } catch (error) {
        if (tries + 1 < TRIES) this.#add(conversationId, { messageId, tries: tries + 1 });
        throw error;
      }
    };
    return concurrently(waiting, tell, onError);
  }
}
