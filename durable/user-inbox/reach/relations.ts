/**
 * A user's contacts and blocks, of which this object holds the truth. D1 mirrors them for lists and
 * look-ups, and a block is told to the conversation of the two and to the other's object. Who could
 * not be told is told by alarm. What D1 has from before is taken in once, before anything is decided.
 */
import { BLOCKS_MAX, CONTACTS_MAX } from '../../../protocol/limits.ts';
import { accept, refuse, type Outcome } from '../../../protocol/outcome.ts';
import { backoffMs } from '../../kit/alarms.ts';
import { concurrently } from '../../kit/in-parallel.ts';
import type { ReachStore, Relation } from './store.ts';

export interface RelationsDeps {
  store: ReachStore;
  /** D1 as it was; `after`: the last id of the page before. */
  readMirror(what: keyof Relation, after: string, limit: number): Promise<string[]>;
  writeMirror(otherId: string, relation: Relation): Promise<void>;
  /** The direct conversation of the two, if there is one. */
  tellPair(otherId: string, blocked: boolean, version: number): Promise<void>;
  /** The other's object, which then looks into D1 anew. */
  tellPeer(otherId: string, blocked: boolean): Promise<void>;
  now(): number;
  arm(at: number | null): void;
  onError(error: unknown): void;
}

const PAGE = 1_000;
/** Of a list of before: what is beyond is left out. Since then a list has a bound. */
const PAGES_MAX = 100;
const TASKS_PER_ALARM = 50;
/** A round of so many, a few at a time, with a deadline for each call. */
const TELLING_MAX_MS = 300_000;
const MAX = { contact: CONTACTS_MAX, blocked: BLOCKS_MAX } as const;
const FULL = {
  contact: `A list has at most ${CONTACTS_MAX} contacts.`,
  blocked: `At most ${BLOCKS_MAX} people can be blocked.`,
} as const;

export class Relations {
  readonly #deps: RelationsDeps;
  #importing: Promise<void> | null = null;
  /** Those who are being told of, and what follows when that has ended. */
  readonly #telling = new Map<string, Promise<boolean>>();

  constructor(deps: RelationsDeps) {
    this.#deps = deps;
  }

  get version(): number {
    return this.#deps.store.version();
  }

  of(userId: string): Relation {
    return this.#deps.store.of(userId);
  }

  /** @param isEmpty D1 is known to have nothing. @throws while D1 does not say what it has from before */
  async ready(isEmpty = false): Promise<void> {
    if (this.version > 0) return;
    if (isEmpty) return this.#deps.store.import([], [], this.#nextVersion());
    this.#importing ??= this.#import().finally(() => {
      this.#importing = null;
    });
    await this.#importing;
  }

  /** Stored when it is answered; `unavailable`: stored all the same, but a block is not known everywhere yet. */
  async set(userId: string, what: keyof Relation, on: boolean): Promise<Outcome<null>> {
    const { store, now, arm, onError } = this.#deps;
    try {
      await this.ready();
    } catch (error) {
      onError(error);
      return refuse('unavailable', 'Your own lists cannot be read right now.', { retry_after: 2 });
    }
    const old = store.of(userId);
    if (on && !old[what] && store.count(what) >= MAX[what]) return refuse('conflict', FULL[what]);
    const before = store.task(userId);
    const tell = what === 'blocked' || (before?.tell ?? false);
    const retry_at = now() + backoffMs(1);
    store.put({ ...old, [what]: on }, { user_id: userId, tell, version: this.#nextVersion(), failures: 0, retry_at });
    arm(retry_at);
    const isTold = await this.#tellInTurn(userId);
    return isTold || what === 'contact' ? accept(null) : refuse('unavailable', NOT_TOLD, { retry_after: 2 });
  }

  /** From the alarm. Nobody waits for it: what does not come to its end is due again. */
  ring(): void {
    const { store, now, onError } = this.#deps;
    const due = store.tasksDue(now(), TASKS_PER_ALARM);
    for (const task of due) store.putTask({ ...task, retry_at: now() + TELLING_MAX_MS });
    if (due.length > 0) void concurrently(due, ({ user_id }) => this.#tellInTurn(user_id), onError);
  }

  nextAt(): number | null {
    return this.#deps.store.nextTaskAt();
  }

  /** One after the other for each of the others: what is told last is what holds. @returns whether those who enforce a block know */
  #tellInTurn(userId: string): Promise<boolean> {
    const before = this.#telling.get(userId) ?? Promise.resolve(true);
    const telling = before.then(() => this.#tell(userId));
    this.#telling.set(userId, telling);
    void telling.finally(() => {
      if (this.#telling.get(userId) === telling) this.#telling.delete(userId);
    });
    return telling;
  }

  async #tell(userId: string): Promise<boolean> {
    const { store, writeMirror, tellPair, tellPeer, now, arm, onError } = this.#deps;
    const task = store.task(userId);
    if (task === undefined) return true;
    const relation = store.of(userId);
    const { version } = task;
    const mirror = writeMirror(userId, relation);
    const peer = async (): Promise<void> => {
      await mirror.catch(() => undefined);
      if (task.tell) await tellPeer(userId, relation.blocked);
    };
    const pair = task.tell ? tellPair(userId, relation.blocked, version) : Promise.resolve();
    const results = await Promise.allSettled([mirror, pair, peer()]);
    for (const result of results) if (result.status === 'rejected') onError(result.reason);
    const isTold = results[1].status === 'fulfilled' && results[2].status === 'fulfilled';
    // Changed again meanwhile: that is the next one's to tell.
    if (store.task(userId)?.version !== version) return isTold;
    if (isTold && results[0].status === 'fulfilled') store.dropTask(userId);
    else {
      const failures = task.failures + 1;
      const retry_at = now() + backoffMs(failures);
      store.putTask({ ...task, tell: !isTold, failures, retry_at });
      arm(retry_at);
    }
    return isTold;
  }

  async #import(): Promise<void> {
    const [contacts, blocked] = await Promise.all([this.#read('contact'), this.#read('blocked')]);
    if (this.version === 0) this.#deps.store.import(contacts, blocked, this.#nextVersion());
  }

  async #read(what: keyof Relation): Promise<string[]> {
    const ids: string[] = [];
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const page = await this.#deps.readMirror(what, ids.at(-1) ?? '', PAGE);
      ids.push(...page);
      if (page.length < PAGE) break;
    }
    return ids;
  }

  /** By the clock, so that it rises also when an older state of this object is brought back. */
  #nextVersion(): number {
    return Math.max(this.#deps.now(), this.version + 1);
  }
}

const NOT_TOLD = 'It is kept, but could not be told. Try again.';
