/**
 * The members' inboxes as a follower of the log: whom to tell, and what their answers say. Each
 * member is told on their own, so that an inbox that does not answer delays nobody else.
 * It has no timers; what is known in memory only (what was shown, who is being told) may be
 * lost at any time: then it is told again.
 */
import { CALL_TIMEOUT_MS } from '../kit/calls.ts';
import type { Delivered, Delivery } from '../user-inbox/api.ts';
import { isGone } from './consent/request.ts';
import { deliveryTo, digestFrom, readOn, type Device, type Digest, type OpenInvitation } from './digest.ts';
import { atOnce, called, dueAt, failed, live, seen, told, type Place, type Shown } from './fanout.ts';
import type { Progress } from './progress.ts';
import type { ConversationStore } from './store.ts';
import type { LogWriter } from './writer.ts';

export interface InboxesDeps {
  store: ConversationStore;
  writer: LogWriter;
  progress: Progress;
  deliver(delivery: Delivery): Promise<Delivered>;
  /** By which somebody who is no member may come in, and may know of it. */
  invitationOf(userId: string): OpenInvitation | undefined;
  /** Users with a fresh socket in this conversation. */
  here(): ReadonlyMap<string, Device[]>;
  /** What the user has chosen, as their inbox answered. */
  learned(userId: string, readReceipts: boolean): void;
  /** A member has been told, and is due again then. */
  dueAgain(at: number): void;
  now(): number;
  onError(error: unknown): void;
}

/** Calls under way at once: the platform lets six wait for an answer. */
const CONCURRENCY = 6;
/** One member being told, or waiting for it. What is heard meanwhile is newer than the answer will be. */
interface Telling {
  startedAt: number;
  came: boolean;
  acted: boolean;
  chose: boolean;
  /** What the member is to the conversation has changed without a number of the log. */
  changed: boolean;
}

export class Inboxes {
  readonly #deps: InboxesDeps;
  readonly #shown = new Map<string, Shown>();
  readonly #underWay = new Map<string, Telling>();
  readonly #waiting: (() => void)[] = [];
  #calls = 0;
  #here: ReadonlyMap<string, Device[]> = new Map();
  /** Most lack the same. */
  #lacking = { from: 0, sinceAt: 0 };

  constructor(deps: InboxesDeps) {
    this.#deps = deps;
  }

  /** Tells everybody who is due and not being told already; ends when those have answered. */
  async tell(): Promise<void> {
    const { progress, now } = this.#deps;
    this.#here = this.#deps.here();
    const due = this.#following().filter((userId) => !this.#underWay.has(userId) && (this.#dueAt(userId) ?? Infinity) <= now());
    if (due.length === 0) return;
    // Who did not answer before may not answer again: last.
    const order = due.toSorted((one, other) => progress.mark(one).failures - progress.mark(other).failures);
    const since = digestFrom(Math.min(...due.map((userId) => this.#newsFrom(userId))));
    const tellings = await Promise.allSettled(order.map((userId) => this.#tellInTurn(userId, since)));
    for (const telling of tellings) if (telling.status === 'rejected') throw telling.reason;
  }

  /** When the next one is due; one who is being told, when that must have ended. */
  nextAt(): number | null {
    this.#here = this.#deps.here();
    let next: number | null = null;
    for (const userId of this.#following()) {
      const telling = this.#underWay.get(userId);
      const due = telling === undefined ? this.#dueAt(userId) : telling.startedAt + CALL_TIMEOUT_MS;
      if (due !== null && (next === null || due < next)) next = due;
    }
    return next;
  }

  lacks(userId: string): boolean {
    return this.#dueAt(userId) !== null;
  }

  /** The state as it is for one who is a member, or was one and has not been told the end. */
  exact(userId: string): Delivery | null {
    if (!this.#follows(userId)) return null;
    const from = this.#newsFrom(userId);
    const since = digestFrom(from);
    readOn(since, this.#deps);
    return deliveryTo(userId, from, this.#deps.here().get(userId) ?? [], since, this.#deps);
  }

  /** A device of theirs has been heard of: here, or possibly anywhere else. */
  came(userId: string, elsewhere: boolean): void {
    if (!this.#follows(userId)) return;
    const { marks } = this.#deps.progress;
    marks.set(userId, live(this.#deps.progress.mark(userId), elsewhere));
    const telling = this.#underWay.get(userId);
    if (telling !== undefined && elsewhere) telling.came = true;
  }

  /** They act by HTTP, from no device that is known here. */
  acts(userId: string): void {
    this.came(userId, true);
    this.#dueAtOnce(userId);
    const telling = this.#underWay.get(userId);
    if (telling !== undefined) telling.acted = true;
  }

  /** A message mentions them: it does not wait as long as others. In memory at first; lost, it waits like others. */
  called(userIds: Iterable<string>): void {
    const { marks } = this.#deps.progress;
    for (const userId of userIds) marks.set(userId, called(this.#deps.progress.mark(userId)));
  }

  /** What they are to the conversation has changed, and no number of the log says so. Saved by the caller. */
  retell(userId: string): void {
    const { progress, writer } = this.#deps;
    const told = Math.min(progress.marks.get(userId)?.told ?? Number.MAX_SAFE_INTEGER, writer.head - 1);
    this.#shown.delete(userId);
    progress.marks.set(userId, atOnce({ ...progress.mark(userId), failures: 0, told }));
    const telling = this.#underWay.get(userId);
    if (telling !== undefined) telling.changed = true;
  }

  /** The user's choice about read receipts came by another way. */
  chose(userId: string): void {
    const telling = this.#underWay.get(userId);
    if (telling !== undefined) telling.chose = true;
  }

  async #tellInTurn(userId: string, since: Digest): Promise<void> {
    const telling: Telling = { startedAt: this.#deps.now(), came: false, acted: false, chose: false, changed: false };
    this.#underWay.set(userId, telling);
    try {
      await this.#turn();
      try {
        telling.startedAt = this.#deps.now();
        await this.#tell(userId, since, telling);
      } finally {
        this.#turnOver();
      }
    } finally {
      this.#underWay.delete(userId);
    }
    if (telling.changed) this.retell(userId);
    if (telling.acted) this.#dueAtOnce(userId);
    const due = this.#dueAt(userId);
    if (due !== null) this.#deps.dueAgain(due);
  }

  async #tell(userId: string, since: Digest, telling: Telling): Promise<void> {
    const { deliver, onError, progress, now } = this.#deps;
    // The calls before this one took their time: the log may have gone on.
    readOn(since, this.#deps);
    const here = this.#here.get(userId) ?? [];
    const delivery = deliveryTo(userId, this.#newsFrom(userId), here, since, this.#deps);
    let answer: Delivered;
    try {
      answer = await deliver(delivery);
    } catch (error) {
      onError(error);
      progress.marks.set(userId, failed(progress.mark(userId), now()));
      return;
    }
    this.#answered(delivery, answer, telling);
  }

  #answered(delivery: Delivery, answer: Delivered, telling: Telling): void {
    const { progress, writer, learned, now } = this.#deps;
    const { user_id: userId, last_message_id: head, read_message_id: read } = delivery;
    const liveElsewhere = answer.live_elsewhere || telling.came;
    const mark = progress.mark(userId);
    const direct = delivery.kind === 'direct';
    if (answer.stored) {
      this.#shown.delete(userId);
      if (!this.#isFollower(userId) && (delivery.role === null || delivery.consent?.state === 'invited')) progress.marks.delete(userId);
      else progress.marks.set(userId, told(mark, { head, read, place: this.#place(userId), liveElsewhere, direct }, now()));
    } else if (liveElsewhere || delivery.here.length > 0) {
      this.#shown.set(userId, { to: head, read, at: now() });
      progress.marks.set(userId, seen(mark, { liveElsewhere }));
    } else {
      // Nobody was there to be shown it: something is amiss at the inbox.
      progress.marks.set(userId, failed(mark, now()));
    }
    if (!telling.chose && writer.members.has(userId)) learned(userId, answer.read_receipts);
  }

  #dueAtOnce(userId: string): void {
    if (!this.#follows(userId)) return;
    this.#shown.delete(userId);
    this.#deps.progress.marks.set(userId, atOnce(this.#deps.progress.mark(userId)));
  }

  #turn(): Promise<void> {
    if (this.#calls < CONCURRENCY) {
      this.#calls += 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  #turnOver(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#calls -= 1;
    else next();
  }

  /** What a member has not been told of begins after this number; for a joiner with the joining, not with the log. */
  #newsFrom(userId: string): number {
    const joined = this.#deps.writer.members.get(userId)?.joined_message_id ?? 0;
    return Math.max(this.#deps.progress.mark(userId).told, joined - 1, 0);
  }

  /** Who has deleted a request is told no more of it. */
  #isFollower(userId: string): boolean {
    const { members, request } = this.#deps.writer;
    return members.has(userId) && !isGone(request, userId);
  }

  #follows(userId: string): boolean {
    return this.#isFollower(userId) || this.#deps.progress.marks.has(userId);
  }

  #following(): string[] {
    const { writer, progress } = this.#deps;
    return [...new Set([...[...writer.members.keys()].filter((userId) => this.#isFollower(userId)), ...progress.marks.keys()])];
  }

  #place(userId: string): Place {
    if (this.#deps.progress.mark(userId).elsewhere) return 'elsewhere';
    return this.#here.has(userId) ? 'here' : 'away';
  }

  #dueAt(userId: string): number | null {
    const { progress, writer } = this.#deps;
    const mark = progress.mark(userId);
    const { head } = writer;
    const { read } = progress.receipts.of(userId);
    if (mark.told >= head && mark.read >= read) return null;
    const place = this.#place(userId);
    const lackingSinceAt = place === 'here' && mark.told < head ? this.#writtenAt(mark.told + 1) : 0;
    return dueAt(mark, { head, read, place, lackingSinceAt, shown: this.#shown.get(userId) ?? null });
  }

  #writtenAt(number: number): number {
    if (this.#lacking.from !== number) this.#lacking = { from: number, sinceAt: this.#deps.store.timestampAt(number) ?? 0 };
    return this.#lacking.sinceAt;
  }
}
