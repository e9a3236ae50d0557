/**
 * Carries the log to those who follow it: members' inboxes and the archive. Runs after the
 * message's turn, never inside it. The timers here only make it prompt; what makes it certain
 * is the alarm, armed in the turn of the commit and again until nothing is pending.
 */
import { backoffMs } from '../kit/alarms.ts';
import type { Delivered, Delivery } from '../user-inbox/api.ts';
import { archiveDueAt, ARCHIVE_CHARACTERS_MAX, ARCHIVE_ENTRIES, ARCHIVE_DELAY_MS } from './archive.ts';
import { deliveryTo, readOn, type Digest } from './digest.ts';
import { dueAt, failed, told, WINDOW_MS } from './fanout.ts';
import type { Progress } from './progress.ts';
import type { EntryRecord } from './schema.ts';
import type { ConversationStore } from './store.ts';
import type { LogWriter } from './writer.ts';

export interface OutboxDeps {
  store: ConversationStore;
  writer: LogWriter;
  progress: Progress;
  deliver(delivery: Delivery): Promise<Delivered>;
  archive(rows: EntryRecord[]): Promise<void>;
  /** Users with a fresh socket in this conversation. */
  here(): ReadonlySet<string>;
  arm(at: number | null): void;
  now(): number;
  schedule(callback: () => void, delayMs: number): void;
  onError(error: unknown): void;
}

/** Calls under way at once: the platform lets six wait for an answer. */
const CONCURRENCY = 6;
const TIMER_MAX_MS = 1_000;

export class Outbox {
  readonly #deps: OutboxDeps;
  /** Users with a fresh socket that is not here, as their inbox last said. */
  readonly #elsewhere = new Set<string>();
  #here: ReadonlySet<string> = new Set();
  #drainedAt = 0;
  #wakeAt = Number.POSITIVE_INFINITY;
  #draining: Promise<void> | null = null;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** Something moved. Called in the turn of the commit: the alarm is stored with it, and nothing here grows with the group. */
  moved(): void {
    this.#deps.arm(this.#deps.now() + ARCHIVE_DELAY_MS);
    this.nudge();
  }

  /** Something moved that a client says again when it is lost: prompt, but no alarm, which is a row. */
  nudge(): void {
    this.#wakeBy(Math.max(this.#deps.now(), this.#drainedAt + WINDOW_MS.elsewhere));
  }

  /** Everything that is due, then the row; never throws, and never twice at once. */
  drain(): Promise<void> {
    this.#draining ??= this.#drainOnce().finally(() => {
      this.#draining = null;
    });
    return this.#draining;
  }

  /** When the alarm must ring next; null when nothing is pending. */
  nextAlarmAt(): number | null {
    this.#here = this.#deps.here();
    const dues = [this.#fanoutDueAt(), this.#archiveDueAt()].filter((due) => due !== null);
    return dues.length === 0 ? null : Math.max(Math.min(...dues), this.#deps.now());
  }

  async #drainOnce(): Promise<void> {
    const deps = this.#deps;
    this.#drainedAt = deps.now();
    try {
      this.#here = deps.here();
      const halves = await Promise.allSettled([this.#drainInboxes(), this.#drainArchive()]);
      deps.progress.save();
      for (const half of halves) if (half.status === 'rejected') throw half.reason;
      const next = this.#fanoutDueAt();
      if (next !== null) this.#wakeBy(next);
      const archiveAt = this.#archiveDueAt();
      if (archiveAt !== null && archiveAt <= deps.now()) this.#wakeBy(archiveAt);
    } catch (error) {
      deps.onError(error);
      // The storage fails: at once it would fail again, and again.
      deps.arm(deps.now() + backoffMs(1));
    }
  }

  async #drainInboxes(): Promise<void> {
    const { now } = this.#deps;
    const due = this.#following().filter((userId) => (this.#dueAt(userId) ?? Number.POSITIVE_INFINITY) <= now());
    if (due.length === 0) return;
    const since: Digest = { to: Math.min(...due.map((userId) => this.#newsFrom(userId))), mentions: [] };
    const waiting = due.values();
    await Promise.all(
      Array.from({ length: CONCURRENCY }, async () => {
        for (const userId of waiting) await this.#deliver(userId, since);
      }),
    );
  }

  async #deliver(userId: string, since: Digest): Promise<void> {
    const { progress, writer, deliver, now, onError } = this.#deps;
    // The calls before this one took their time: the log may have gone on.
    readOn(since, this.#deps);
    const delivery = deliveryTo(userId, this.#newsFrom(userId), since, this.#deps);
    let stored = false;
    try {
      const answer = await deliver(delivery);
      stored = answer.stored;
      if (answer.live_elsewhere) this.#elsewhere.add(userId);
      else this.#elsewhere.delete(userId);
    } catch (error) {
      onError(error);
    }
    if (!stored) progress.marks.set(userId, failed(progress.mark(userId), now()));
    else if (delivery.role === null && !writer.members.has(userId)) progress.marks.delete(userId);
    else progress.marks.set(userId, told(progress.mark(userId), delivery.last_message_id, delivery.read_message_id, now()));
  }

  async #drainArchive(): Promise<void> {
    const { progress, store, archive, now, onError } = this.#deps;
    const due = this.#archiveDueAt();
    if (due === null || due > now()) return;
    const rows = new Map<number, EntryRecord>();
    let last = progress.archive.archived_to;
    let characters = 0;
    for (const entry of store.entriesAfter(last, ARCHIVE_ENTRIES)) {
      if (characters > ARCHIVE_CHARACTERS_MAX) break;
      rows.set(entry.message_id, entry);
      characters += entry.content.length;
      last = entry.message_id;
    }
    for (const entry of [...rows.values()]) this.#addTarget(rows, entry);
    try {
      await archive([...rows.values()]);
      progress.archivedTo(last);
    } catch (error) {
      onError(error);
      progress.archiveFailed(now());
    }
  }

  /** A change's target goes along in its present state, and with a deletion the edits it blanked. */
  #addTarget(rows: Map<number, EntryRecord>, entry: EntryRecord): void {
    if (entry.target === null) return;
    const target = this.#deps.store.entry(entry.target);
    if (target === undefined) return;
    rows.set(target.message_id, target);
    if (entry.type !== 'deletion') return;
    for (let number = target.edited_by; number !== null;) {
      const edit = this.#deps.store.entry(number);
      if (edit !== undefined) rows.set(edit.message_id, edit);
      number = edit?.prev_change ?? null;
    }
  }

  /** What a member has not been told of begins after this number; for a joiner with the joining, not with the log. */
  #newsFrom(userId: string): number {
    const joined = this.#deps.writer.members.get(userId)?.joined_message_id ?? 0;
    return Math.max(this.#deps.progress.mark(userId).told, joined - 1, 0);
  }

  #following(): string[] {
    return [...new Set([...this.#deps.writer.members.keys(), ...this.#deps.progress.marks.keys()])];
  }

  #dueAt(userId: string): number | null {
    const { progress, writer } = this.#deps;
    const place = this.#elsewhere.has(userId) ? 'elsewhere' : this.#here.has(userId) ? 'here' : 'away';
    return dueAt(progress.mark(userId), { head: writer.head, read: progress.receipts.of(userId).read, place });
  }

  #fanoutDueAt(): number | null {
    const dues = this.#following()
      .map((userId) => this.#dueAt(userId))
      .filter((due) => due !== null);
    return dues.length === 0 ? null : Math.min(...dues);
  }

  #archiveWaiting(): number {
    return this.#deps.writer.head - this.#deps.progress.archive.archived_to;
  }

  #archiveDueAt(): number | null {
    const { progress, writer, store } = this.#deps;
    if (this.#archiveWaiting() <= 0) return null;
    const oldest = store.timestampAt(progress.archive.archived_to + 1);
    return archiveDueAt(progress.archive, writer.head, oldest);
  }

  /** A timer keeps the object awake and billed, so only what is due shortly gets one; the rest waits for the alarm. */
  #wakeBy(at: number): void {
    const delayMs = Math.max(0, at - this.#deps.now());
    if (delayMs > TIMER_MAX_MS) return this.#deps.arm(at);
    if (at >= this.#wakeAt) return;
    this.#wakeAt = at;
    this.#deps.schedule(() => {
      if (this.#wakeAt !== at) return;
      this.#wakeAt = Number.POSITIVE_INFINITY;
      void this.drain();
    }, delayMs);
  }
}
