/**
 * A storage that takes its time and does not survive everything: what had not been written when the
 * program died is lost. Writes keep their order, as in IndexedDB.
 */
import type { ClientStorage } from '../../client/src/storage.ts';
import type { VirtualClock } from './client-clock.ts';
import type { Chance } from './client-random.ts';

export class Disk {
  /** Every `global_id` that was ever on the disk, and since when. */
  readonly durableAt = new Map<string, number>();
  /** Cursors that went back: of the inbox, or of a log. */
  readonly backward: string[] = [];
  /** The inbox's cursor as it is on the disk, a number. */
  inboxCursor = 0;
  readonly #kept: ClientStorage;
  readonly #clock: VirtualClock;
  readonly #chance: Chance;
  #pending = 0;
  #lastAt = 0;

  constructor(kept: ClientStorage, clock: VirtualClock, chance: Chance) {
    this.#kept = kept;
    this.#clock = clock;
    this.#chance = chance;
  }

  /** Nothing is between the disk and its storage at this moment. */
  get isAtRest(): boolean {
    return this.#pending === 0;
  }

  /** The storage as one running program sees it. */
  mount(isAlive: () => boolean): ClientStorage {
    const kept = this.#kept;
    const later = <T>(action: () => Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        this.#lastAt = Math.max(this.#lastAt, this.#clock.now() + this.#chance.between(0, 20));
        this.#clock.setTimer(() => {
          if (!isAlive()) return;
          this.#pending++;
          void action()
            .then((value) => this.#clock.setTimer(() => isAlive() && resolve(value), this.#chance.between(0, 5)), reject)
            .finally(() => this.#pending--);
        }, this.#lastAt - this.#clock.now());
      });
    return {
      value: (key) => later(() => kept.value(key)),
      setValue: (key, value) => later(() => kept.setValue(key, value)),
      timeline: (owner, id) => later(() => kept.timeline(owner, id)),
      saveTimeline: (owner, id, save) => later(() => kept.saveTimeline(owner, id, save)),
      append: (owner, id, entries) => later(() => kept.append(owner, id, entries)),
      inbox: (owner) => later(() => kept.inbox(owner)),
      saveInbox: (owner, save) =>
        later(async () => {
          const next = Number(save.cursor ?? this.inboxCursor);
          if (next < this.inboxCursor) this.backward.push(`the inbox from ${this.inboxCursor} to ${next}`);
          await kept.saveInbox(owner, save);
          this.inboxCursor = next;
        }),
      drafts: (owner) => later(() => kept.drafts(owner)),
      putDraft: (owner, draft) => later(() => kept.putDraft(owner, draft)),
      removeDraft: (owner, id) => later(() => kept.removeDraft(owner, id)),
      outbox: (owner, id) => later(() => kept.outbox(owner, id)),
      putOutbox: (owner, id, frames) =>
        later(async () => {
          await kept.putOutbox(owner, id, frames);
          for (const { frame } of frames) if (!this.durableAt.has(frame.global_id)) this.durableAt.set(frame.global_id, this.#clock.now());
        }),
      removeOutbox: (owner, id, globalIds) => later(() => kept.removeOutbox(owner, id, globalIds)),
      outboxes: (owner) => later(() => kept.outboxes(owner)),
      forget: () => later(() => kept.forget()),
      close: async () => {},
    };
  }
}
