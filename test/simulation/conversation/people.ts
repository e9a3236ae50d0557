/**
 * What the members' own objects ask of the conversation: the exact state when somebody comes and the row may
 * be out of date, how far a device got by its inbox socket, and the choice about read receipts, until it is heard.
 */
import { deliveredByInbox, exactly, setReadReceipts } from '../../../durable/conversation/assembly.ts';
import type { VirtualClock } from '../../support/client-clock.ts';
import type { Chance } from '../../support/client-random.ts';
import type { SimulatedInboxes } from './inboxes.ts';
import { breachesOfExact } from './model.ts';
import type { SimulatedObject } from './object.ts';

export interface PeopleWorld {
  clock: VirtualClock;
  chance: Chance;
  object: SimulatedObject;
  inboxes: SimulatedInboxes;
  breach(what: string): void;
  count(what: string): void;
}

const RETRY_MS = 500;

export class People {
  readonly #world: PeopleWorld;
  readonly #telling = new Set<string>();

  constructor(world: PeopleWorld) {
    this.#world = world;
  }

  /** An inbox socket opens. */
  come(userId: string): void {
    const { inboxes, count } = this.#world;
    inboxes.live.add(userId);
    if (!inboxes.atLeast.has(userId)) return;
    count('exact');
    this.#askExactly(userId);
  }

  go(userId: string): void {
    this.#world.inboxes.live.delete(userId);
  }

  delivered(userId: string): void {
    const { object, inboxes } = this.#world;
    const has = inboxes.rows.get(userId)?.last_message_id ?? 0;
    void object.request((open) => deliveredByInbox(open, userId, has)).catch(() => undefined);
  }

  choose(userId: string, readReceipts: boolean): void {
    const { silent } = this.#world.inboxes;
    if (readReceipts) silent.delete(userId);
    else silent.add(userId);
    if (!this.#telling.has(userId)) this.#tellChoice(userId);
  }

  #askExactly(userId: string): void {
    const { object, inboxes, clock, breach } = this.#world;
    void object
      .request(
        (open) => exactly(open, userId, true),
        (delivery) => breachesOfExact(object.storage, userId, delivery).forEach(breach),
      )
      .then(
        (delivery) => (delivery === null ? undefined : inboxes.learn(delivery)),
        () => clock.setTimer(() => (inboxes.live.has(userId) ? this.#askExactly(userId) : undefined), RETRY_MS),
      );
  }

  #tellChoice(userId: string): void {
    const { object, inboxes, clock } = this.#world;
    const off = inboxes.silent.has(userId);
    this.#telling.add(userId);
    void object
      .request((open) => setReadReceipts(open, userId, !off))
      .then(
        () => {
          this.#telling.delete(userId);
          if (inboxes.silent.has(userId) !== off) this.#tellChoice(userId);
        },
        () => clock.setTimer(() => this.#tellChoice(userId), RETRY_MS),
      );
  }
}
