/**
 * The members' inboxes as a follower of the log: whom to tell, and what their answers say. Each
 * member is told on their own, so that an inbox that does not answer delays nobody else.
 * It has no timers; what is known in memory only (what was shown, who is being told) may be
 * lost at any time: then it is told again.
 */
import { CALL_TIMEOUT_MS } from '../kit/calls.ts';
import type { Delivered, Delivery } from '../user-inbox/api.ts';
import { isGone } from './consent/request.ts';
import { isAhead } from '../kit/epoch.ts';
import { Lanes } from '../kit/lanes.ts';
import {
  deliveryTo,
  digestFor,
  mentionsOf,
  readOn,
  searchedTo,
  DIGEST_ENTRIES_MAX,
  type Device,
  type Digest,
  type Known,
  type OpenInvitation,
} from './digest.ts';
import { atOnce, called, dueAt, failed, live, seen, told, untold, type Place, type Shown } from './fanout.ts';
import type { Progress } from './progress.ts';
import type { ConversationStore } from './store.ts';
import type { LogWriter } from './writer.ts';
import type { Telling } from './telling.ts';
import { WrittenAt } from './written-at.ts';

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
  /** An inbox knows of more than this log holds: it was restored, and nobody has said so. */
  restored(): void;
  /** A member has been told, and is due again then. */
  dueAgain(at: number): void;
  now(): number;
  onError(error: unknown): void;
  /** An entry is skipped from here on. */
  onSetAside(error: unknown): void;
}

/** From then on an inbox is told without the newest entries, in case it is one of them that it cannot take. */
const BARE_FAILURES = 4;

export class Inboxes {
  readonly #deps: InboxesDeps;
  readonly #shown = new Map<string, Shown>();
  readonly #underWay = new Map<string, Telling>();
  readonly #lanes = new Lanes();
  /** When old entries were last looked through. */
  #searchedAt = 0;
  #here: ReadonlyMap<string, Device[]> = new Map();
  readonly #lackingAt: WrittenAt;
  readonly #headAt: WrittenAt;

  constructor(deps: InboxesDeps) {
    this.#deps = deps;
    this.#lackingAt = new WrittenAt(deps.store);
    this.#headAt = new WrittenAt(deps.store);
  }

  /** Tells everybody who is due and not being told already; ends when those have answered. */
  async tell(): Promise<void> {
    const { now } = this.#deps;
    this.#here = this.#deps.here();
    const due = this.#following().filter((userId) => !this.#underWay.has(userId) && (this.#dueAt(userId) ?? Infinity) <= now());
    if (due.length === 0) return;
    // Who did not answer before may not answer again, and who lacks much is no hurry: last.
    const order = due.toSorted((one, other) => this.#lastness(one) - this.#lastness(other));
    const digest = digestFor(
      order.map((userId) => this.#known(userId).searched),
      this.#deps,
    );
    if (digest.far !== null) this.#searchedAt = now();
    const lacking = order.filter((userId) => !this.#foundNothing(userId, digest));
    const tellings = await Promise.allSettled(lacking.map((userId) => this.#tellInTurn(userId, digest)));
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
    const known = this.#known(userId);
    const digest = digestFor([known.searched], this.#deps);
    return deliveryTo(userId, known, this.#deps.here().get(userId) ?? [], digest, this.#deps);
  }

  /** A device of theirs has been heard of: here, or possibly anywhere else. */
  came(userId: string, elsewhere: boolean): void {
    if (!this.#follows(userId)) return;
    const { marks } = this.#deps.progress;
    marks.set(userId, live(this.#deps.progress.mark(userId), elsewhere));
    const telling = this.#underWay.get(userId);
    if (telling !== undefined && elsewhere) telling.came = true;
  }

  /** Their inbox has been heard of: whatever failed before is worth another try. @returns whether something did */
  answers(userId: string): boolean {
    const mark = this.#deps.progress.mark(userId);
    if (mark.failures === 0) return false;
    this.#deps.progress.marks.set(userId, { ...mark, failures: 0 });
    return true;
  }

  /** Those who lack something. */
  get pending(): number {
    return this.#following().filter((userId) => this.#dueAt(userId) !== null).length;
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
    const mark = progress.marks.get(userId) ?? { ...untold, searched: told };
    progress.marks.set(userId, atOnce({ ...mark, failures: 0, told }));
    const telling = this.#underWay.get(userId);
    if (telling !== undefined) telling.changed = true;
  }

  /** The user's choice about read receipts came by another way. */
  chose(userId: string): void {
    const telling = this.#underWay.get(userId);
    if (telling !== undefined) telling.chose = true;
  }

  async #tellInTurn(userId: string, digest: Digest): Promise<void> {
    const telling: Telling = { startedAt: this.#deps.now(), came: false, acted: false, chose: false, changed: false };
    this.#underWay.set(userId, telling);
    try {
      await this.#lanes.run(this.#deps.progress.mark(userId).failures > 0, () => {
        telling.startedAt = this.#deps.now();
        return this.#tell(userId, digest, telling);
      });
    } finally {
      this.#underWay.delete(userId);
    }
    if (telling.changed) this.retell(userId);
    if (telling.acted) this.#dueAtOnce(userId);
    const due = this.#dueAt(userId);
    if (due !== null) this.#deps.dueAgain(due);
  }

  async #tell(userId: string, digest: Digest, telling: Telling): Promise<void> {
    const { deliver, onError, progress, now } = this.#deps;
    // The calls before this one took their time: the log may have gone on.
    readOn(digest, this.#deps);
    const known = this.#known(userId);
    const searched = searchedTo(digest, known.searched);
    let delivery: Delivery;
    let answer: Delivered;
    try {
      delivery = deliveryTo(userId, known, this.#here.get(userId) ?? [], digest, this.#deps);
      if (progress.mark(userId).failures >= BARE_FAILURES) delivery.entries = [];
      answer = await deliver(delivery);
    } catch (error) {
      onError(error);
      progress.marks.set(userId, failed(progress.mark(userId), now()));
      return;
    }
    this.#answered(delivery, answer, telling, searched);
  }

  #answered(delivery: Delivery, answer: Delivered, telling: Telling, searched: number): void {
    const { progress, writer, learned, now } = this.#deps;
    // What was told of a log that is no more says nothing of this one.
    if (delivery.epoch !== writer.record.epoch) return;
    if (isAhead(answer.row, { epoch: writer.record.epoch, last_message_id: writer.head })) return this.#deps.restored();
    const { user_id: userId, last_message_id: head, read_message_id: read } = delivery;
    const liveElsewhere = answer.live_elsewhere || telling.came;
    const mark = progress.mark(userId);
    const direct = delivery.kind === 'direct';
    if (answer.stored) {
      this.#shown.delete(userId);
      if (!this.#isFollower(userId) && (delivery.role === null || delivery.consent?.state === 'invited')) progress.marks.delete(userId);
      else progress.marks.set(userId, told(mark, { head, read, searched, place: this.#place(userId), liveElsewhere, direct }, now()));
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

  /** What a member has not been told of begins after these numbers; for a joiner with the joining, not with the log. */
  #known(userId: string): Known {
    const joined = this.#deps.writer.members.get(userId)?.joined_message_id ?? 0;
    const { told: to, searched } = this.#deps.progress.mark(userId);
    return { told: Math.max(to, joined - 1, 0), searched: Math.max(searched, joined - 1, 0) };
  }

  /** Old entries that do not mention one who has everything else: no call is needed to say so. */
  #foundNothing(userId: string, digest: Digest): boolean {
    const { progress, writer } = this.#deps;
    const mark = progress.mark(userId);
    const known = this.#known(userId);
    if (mark.told < writer.head || mark.read < progress.receipts.of(userId).read) return false;
    if (mentionsOf(digest, userId, known).length > 0) return false;
    progress.marks.set(userId, { ...mark, searched: searchedTo(digest, known.searched) });
    return true;
  }

  /** 0: answered last and lacks little. */
  #lastness(userId: string): number {
    const { failures } = this.#deps.progress.mark(userId);
    return failures > 0 ? 1 + failures : Number(this.#deps.writer.head - this.#known(userId).searched > DIGEST_ENTRIES_MAX);
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
    if (mark.told >= head && mark.read >= read && mark.searched >= mark.told) return null;
    const place = this.#place(userId);
    const lackingSinceAt = place === 'here' && mark.told < head ? this.#lackingAt.of(mark.told + 1) : 0;
    const movedAt = mark.failures > 0 ? this.#headAt.of(head) : 0;
    return dueAt(mark, {
      head,
      read,
      place,
      lackingSinceAt,
      movedAt,
      searchedAt: this.#searchedAt,
      shown: this.#shown.get(userId) ?? null,
    });
  }
}
