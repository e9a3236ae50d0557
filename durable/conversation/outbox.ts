/**
 * Carries the log to those who follow it: members' inboxes, the archive, the list of members in D1.
 * Runs after the message's turn, never inside it. The timers here only make it prompt; what makes
 * it certain is the alarm, armed in the turn of the commit and again until nothing is pending.
 */
import type { Pending } from './api.ts';
import { backoffMs } from '../kit/alarms.ts';
import type { Alarms } from '../kit/alarms.ts';
import type { Delivery } from '../user-inbox/api.ts';
import { ArchiveSink, type ArchiveSinkDeps } from './archive-sink.ts';
import { ELSEWHERE_WINDOW_MS, HERE_WINDOW_MS } from './fanout.ts';
import { Inboxes, type InboxesDeps } from './inboxes.ts';
import { OldTexts } from './edits/old-texts.ts';
import { MembersSink, type MembersSinkDeps } from './members-sink.ts';

export interface OutboxDeps extends Omit<InboxesDeps, 'dueAgain'>, ArchiveSinkDeps, MembersSinkDeps {
  /** Nothing is carried while it is. */
  isHeld(): boolean;
  alarms: Pick<Alarms, 'arm' | 'armedAt'>;
  schedule(callback: () => void, delayMs: number): void;
}

const TIMER_MAX_MS = 1_000;
/** An alarm so near writes what has moved: until then it is in memory, and lost it would only be told again. */
const SAVED_BY_ALARM_MS = HERE_WINDOW_MS;

export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #inboxes: Inboxes;
  readonly #archive: ArchiveSink;
  readonly #members: MembersSink;
  readonly #oldTexts: OldTexts;
  #drainedAt = 0;
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
    this.#inboxes = new Inboxes({ ...deps, dueAgain: (at) => this.#soonBy(at) });
    this.#archive = new ArchiveSink(deps);
    this.#members = new MembersSink(deps);
    this.#oldTexts = new OldTexts(deps);
  }

  /**
   * Something moved. Called in the turn of the commit: the alarm is stored with it, and nothing here grows with the group.
   * @param mentioned whom the new messages mention
   */
  moved(mentioned: readonly string[] = []): void {
    this.#inboxes.called(mentioned);
    this.#deps.alarms.arm(this.#deps.now() + HERE_WINDOW_MS);
    this.nudge();
  }

  /** Something moved that a client says again when it is lost: prompt, but no alarm, which is a row. */
  nudge(): void {
    this.#wakeBy(Math.max(this.#deps.now(), this.#drainedAt + ELSEWHERE_WINDOW_MS));
  }

  /** Edits of a deleted message are to be blanked. */
  oldTextsFound(): void {
    this.#oldTexts.found();
  }

  /** Something moved that is rare, and looked for at once. */
  hurry(): void {
    this.#wakeBy(this.#deps.now());
  }

  /** Something moved that nobody but the row of progress wants to know. */
  touched(): void {
    if (!this.#alarmIsNear()) this.nudge();
  }

  /** A socket of theirs has opened here. */
  arrived(userId: string): void {
    this.#inboxes.came(userId, false);
    if (this.#inboxes.lacks(userId)) this.nudge();
  }

  /** They act by HTTP: their own inbox is to say so when they look, which is next. */
  acts(userId: string): void {
    this.#inboxes.acts(userId);
    this.hurry();
  }

  /** A socket of theirs has closed here: until their inbox says otherwise they may be anywhere. */
  seenElsewhere(userId: string): void {
    this.#inboxes.came(userId, true);
    this.nudge();
  }

  /** What an inbox asks for. A device that has just come is elsewhere, and gets what it lacks stored. */
  exact(userId: string, live: boolean): Delivery | null {
    if (live) this.seenElsewhere(userId);
    return this.#inboxes.exact(userId);
  }

  /** What these are to the conversation has changed, and no number of the log says so. */
  retell(userIds: readonly string[]): void {
    for (const userId of userIds) this.#inboxes.retell(userId);
    // With the change, in one turn: lost, nobody would be told.
    this.#deps.progress.save();
    this.moved();
    this.hurry();
  }

  /** Their inbox asks or says something, so it is there again. */
  answers(userId: string): void {
    if (this.#inboxes.answers(userId)) this.nudge();
  }

  /** An operator asks: whatever has failed is tried now. */
  retry(): Promise<void> {
    this.#deps.progress.forgetFailures();
    return this.drain();
  }

  /** What is not told or archived yet. */
  pending(): Pending {
    const { archive, members, aside } = this.#deps.progress;
    const { head } = this.#deps.writer;
    const is_archived = this.#deps.archive === null || archive.archived_to >= head;
    const next_at = this.#nextAt();
    return {
      last_message_id: head,
      archived_to: archive.archived_to,
      is_archived,
      inboxes: this.#inboxes.pending,
      members: members.members_projected < 0,
      set_aside: aside.length,
      next_at,
    };
  }

  /** The user's choice about read receipts came by another way than an answer. */
  chose(userId: string): void {
    this.#inboxes.chose(userId);
  }

  /** Everything that is due and not under way, then the row; never throws. */
  async drain(): Promise<void> {
    const { progress, alarms, now, onError, isHeld } = this.#deps;
    if (isHeld()) return;
    this.#drainedAt = now();
    const followers = await Promise.allSettled([
      this.#inboxes.tell(),
      this.#archive.drain(),
      this.#members.drain(),
      this.#oldTexts.drain(),
    ]);
    try {
      if (!this.#alarmIsNear()) progress.save();
      for (const follower of followers) if (follower.status === 'rejected') throw follower.reason;
      const next = this.#nextAt();
      if (next !== null) this.#wakeBy(next);
    } catch (error) {
      onError(error);
      // The storage fails: at once it would fail again, and again.
      alarms.arm(now() + backoffMs(1));
    }
  }

  /** When the alarm must ring next; null when nothing is pending. */
  nextAlarmAt(): number | null {
    const next = this.#nextAt();
    return next === null ? null : Math.max(next, this.#deps.now());
  }

  #nextAt(): number | null {
    const dues = [this.#inboxes.nextAt(), this.#archive.nextAt(), this.#members.nextAt(), this.#oldTexts.nextAt()].filter(
      (due) => due !== null,
    );
    return dues.length === 0 ? null : Math.min(...dues);
  }

  #alarmIsNear(): boolean {
    const { armedAt } = this.#deps.alarms;
    return armedAt !== null && armedAt <= this.#deps.now() + SAVED_BY_ALARM_MS;
  }

  /** While others are still being told: what is due later waits for the end of the drain. */
  #soonBy(at: number): void {
    if (at - this.#deps.now() <= TIMER_MAX_MS) this.#wakeBy(at);
  }

  /** A timer keeps the object awake and billed, so only what is due shortly gets one; the rest waits for the alarm. */
  #wakeBy(at: number): void {
    const delayMs = Math.max(0, at - this.#deps.now());
    if (delayMs > TIMER_MAX_MS) return this.#deps.alarms.arm(at);
    if (at >= this.#wakeAt) return;
    this.#wakeAt = at;
    this.#deps.schedule(() => {
      if (this.#wakeAt !== at) return;
      this.#wakeAt = Number.POSITIVE_INFINITY;
      void this.drain();
    }, delayMs);
  }
}
