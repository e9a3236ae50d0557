/** When an entry was written, asked again and again for the same one: most members lack the same. */
import type { ConversationStore } from './store.ts';

export class WrittenAt {
  readonly #store: ConversationStore;
  #last = { number: 0, at: 0 };

  constructor(store: ConversationStore) {
    this.#store = store;
  }

  of(number: number): number {
    if (this.#last.number !== number) this.#last = { number, at: this.#store.timestampAt(number) ?? 0 };
    return this.#last.at;
  }
}
