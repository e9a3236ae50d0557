/**
 * How far everything that follows the log has got: the archive, the members' inboxes, their
 * receipts, the list of members in D1. Kept in memory, written as the one row `progress`, at most once per drain. What is
 * lost of it in a crash is told again, which does no harm.
 */
import { archived, archiveFailed, type ArchiveProgress } from './archive.ts';
import { backoffMs } from '../kit/alarms.ts';
import { marksFromJson, marksToJson, untold, type Mark } from './fanout.ts';
import { Receipts } from './receipts.ts';
import type { ProgressRecord } from './schema.ts';
import type { ConversationStore } from './store.ts';

type MembersProgress = Pick<ProgressRecord, 'members_projected' | 'members_failures' | 'members_retry_at'>;

export class Progress {
  readonly #store: ConversationStore;
  readonly receipts: Receipts;
  /** Also those who are members no longer and have not been told yet. */
  readonly marks: Map<string, Mark>;
  #archive: ArchiveProgress;
  #setAside: number[];
  #members: MembersProgress;
  /** Null: unknown. */
  #written: string | null;

  constructor(store: ConversationStore) {
    this.#store = store;
    const record = store.progress();
    const { archived_to, archive_failures, archive_retry_at, archive_clearing } = record;
    const { members_projected, members_failures, members_retry_at } = record;
    this.#archive = { archived_to, archive_failures, archive_retry_at, archive_clearing };
    this.#setAside = JSON.parse(record.set_aside) as number[];
    this.#members = { members_projected, members_failures, members_retry_at };
    this.receipts = new Receipts(record.receipts, record.receipts_off);
    this.marks = marksFromJson(record.fanout);
    this.#written = JSON.stringify(this.#record());
  }

  static initial(memberIds: readonly string[]): ProgressRecord {
    return {
      ...archived(0),
      set_aside: '[]',
      fanout: marksToJson(new Map(memberIds.map((userId) => [userId, untold]))),
      receipts: '{}',
      receipts_off: '[]',
      ...MEMBERS_UNKNOWN,
    };
  }

  get archive(): ArchiveProgress {
    return this.#archive;
  }

  archivedTo(messageId: number): void {
    this.#archive = archived(messageId);
  }

  /** As many failures as before: what follows is tried as carefully, and now. */
  archiveSkipped(messageId: number): void {
    this.#archive = { ...this.#archive, archived_to: messageId, archive_retry_at: 0 };
  }

  archiveFailed(now: number): void {
    this.#archive = archiveFailed(this.#archive, now);
  }

  get members(): MembersProgress {
    return this.#members;
  }

  /** Entries that are skipped because they can be neither told nor archived, the last of them. */
  get aside(): readonly number[] {
    return this.#setAside;
  }

  /** @returns whether that is new */
  setAside(messageId: number): boolean {
    if (this.#setAside.includes(messageId)) return false;
    this.#setAside = [...this.#setAside, messageId].slice(-SET_ASIDE_KEPT);
    return true;
  }

  /** Somebody asks that what failed be tried now, however often it has failed. */
  forgetFailures(): void {
    this.#archive = { ...this.#archive, archive_failures: 0, archive_retry_at: 0 };
    this.#members = { ...this.#members, members_failures: 0, members_retry_at: 0 };
    for (const [userId, mark] of this.marks) if (mark.failures > 0) this.marks.set(userId, { ...mark, failures: 0, at: 0 });
  }

  membersProjected(head: number): void {
    this.#members = { members_projected: head, members_failures: 0, members_retry_at: 0 };
  }

  membersFailed(now: number): void {
    const failures = this.#members.members_failures + 1;
    this.#members = { ...this.#members, members_failures: failures, members_retry_at: now + backoffMs(failures) };
  }

  /** The log was restored: everybody is told all of it anew, mentions from where they had read. */
  startOver(head: number, userIds: readonly string[]): void {
    this.marks.clear();
    for (const userId of userIds) this.marks.set(userId, { ...untold, told: head, searched: this.receipts.of(userId).read, read: -1 });
    this.#archive = { ...archived(0), archive_clearing: 1 };
    this.#members = MEMBERS_UNKNOWN;
    this.save();
  }

  mark(userId: string): Mark {
    return this.marks.get(userId) ?? untold;
  }

  /**
   * Belongs inside the transaction that changes these memberships: whatever becomes of this process, the
   * inboxes of those who leave will be told, their receipts are gone, and D1 will be told who is left.
   */
  membersChanging(leaving: ReadonlySet<string>): void {
    for (const userId of leaving) this.marks.set(userId, this.mark(userId));
    this.#written = null;
    this.#store.setProgress({ ...this.#record(leaving), ...MEMBERS_UNKNOWN });
  }

  /** After that transaction. */
  membersChanged(left: ReadonlySet<string>): void {
    for (const userId of left) this.receipts.forget(userId);
    this.#members = MEMBERS_UNKNOWN;
  }

  /** Writes the row if anything in it has moved. */
  save(): void {
    const record = this.#record();
    const json = JSON.stringify(record);
    if (json === this.#written) return;
    this.#store.setProgress(record);
    this.#written = json;
  }

  #record(leaving?: ReadonlySet<string>): ProgressRecord {
    return {
      ...this.#archive,
      fanout: marksToJson(this.marks),
      receipts: this.receipts.toJson(leaving),
      receipts_off: this.receipts.offToJson(leaving),
      ...this.#members,
      set_aside: JSON.stringify(this.#setAside),
    };
  }
}

const SET_ASIDE_KEPT = 1_000;

const MEMBERS_UNKNOWN: MembersProgress = { members_projected: -1, members_failures: 0, members_retry_at: 0 };
