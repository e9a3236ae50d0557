/**
 * Sends under way: six at once, for so many may wait for an answer, shared out in turn among the push services. One
 * that hangs holds up its own; hosts of users' own choice get two of the six together, one each. What has not begun
 * in time is given back: a batch ends, whatever its services do.
 */
import type { Service } from './services.ts';

/** https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections */
const LANES = 6;
const LANES_OF_ONE = 4;
const LANES_OF_STRANGERS = 2;

interface Waiting {
  service: Service;
  start(): Promise<void>;
  giveBack(): void;
}

export class Lanes {
  readonly #isOver: () => boolean;
  /** Service → what waits for it; the service whose turn is next comes first. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #running = new Map<string, number>();
  #busy = 0;
  #strangers = 0;

  /** @param isOver from then on nothing begins any more */
  constructor(isOver: () => boolean) {
    this.#isOver = isOver;
  }

  /** @returns undefined: it was not begun in time */
  run<T>(service: Service, work: () => Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { service, start: () => work().then(resolve, reject), giveBack: () => resolve(undefined) };
      const queue = this.#waiting.get(service.name);
      if (queue === undefined) this.#waiting.set(service.name, [waiting]);
      else queue.push(waiting);
      this.#fill();
    });
  }

  #fill(): void {
    if (this.#isOver()) return this.#giveAllBack();
    for (let next = this.#next(); next !== undefined; next = this.#next()) void this.#begin(next);
  }

  async #begin({ service, start }: Waiting): Promise<void> {
    this.#count(service, 1);
    await start();
    this.#count(service, -1);
    this.#fill();
  }

  #next(): Waiting | undefined {
    if (this.#busy >= LANES) return undefined;
    for (const [name, queue] of this.#waiting) {
      const { known } = queue[0]!.service;
      const running = this.#running.get(name) ?? 0;
      if (known ? running >= LANES_OF_ONE : running > 0 || this.#strangers >= LANES_OF_STRANGERS) continue;
      const next = queue.shift();
      this.#waiting.delete(name);
      if (queue.length > 0) this.#waiting.set(name, queue);
      return next;
    }
    return undefined;
  }

  #count({ name, known }: Service, by: 1 | -1): void {
    this.#busy += by;
    if (!known) this.#strangers += by;
    this.#running.set(name, (this.#running.get(name) ?? 0) + by);
  }

  #giveAllBack(): void {
    for (const { giveBack } of [...this.#waiting.values()].flat()) giveBack();
    this.#waiting.clear();
  }
}
