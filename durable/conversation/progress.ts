/**
 * How far everything that follows the log has got: the archive, the members' inboxes, their
 * receipts. Kept in memory, written as the one row `progress`, at most once per drain. What is
 * lost of it in a crash is told again, which does no harm.
 */
import { archived, archiveFailed } from './archive.ts';
import { untold, type Mark } from './fanout.ts';
import { Receipts } from './receipts.ts';
import type { ProgressRecord } from './schema.ts';
import type { ConversationStore } from './store.ts';

export class Progress {
  readonly #store: ConversationStore;
  readonly receipts: Receipts;
  /** Also those who are members no longer and have not been told yet. */
  readonly marks: Map<string, Mark>;
  #archive: Pick<ProgressRecord, 'archived_to' | 'archive_failures' | 'archive_retry_at'>;
  /** Null: unknown. */
  #written: string | null;

  constructor(store: ConversationStore) {
    this.#store = store;
    const record = store.progress();
    this.#archive = record;
    this.receipts = new Receipts(record.receipts);
    this.marks = new Map(Object.entries(JSON.parse(record.fanout) as Record<string, Mark>));
    this.#written = JSON.stringify(this.#record());
  }

  static initial(memberIds: readonly string[]): ProgressRecord {
    const fanout = JSON.stringify(Object.fromEntries(memberIds.map((userId) => [userId, untold])));
    return { archived_to: 0, archive_failures: 0, archive_retry_at: 0, fanout, receipts: '{}' };
  }

  get archive(): Pick<ProgressRecord, 'archived_to' | 'archive_failures' | 'archive_retry_at'> {
    return this.#archive;
  }

  archivedTo(messageId: number): void {
    this.#archive = archived(messageId);
  }

  archiveFailed(now: number): void {
    this.#archive = archiveFailed(this.#archive, now);
  }

  mark(userId: string): Mark {
    return this.marks.get(userId) ?? untold;
  }

  /**
   * Belongs inside the transaction that ends these memberships: whatever becomes of this process, the
   * inboxes of those who leave will be told, and their receipts are gone.
   */
  leaving(userIds: ReadonlySet<string>): void {
    for (const userId of userIds) this.marks.set(userId, this.mark(userId));
    this.#written = null;
    this.#store.setProgress(this.#record(userIds));
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
    const { archived_to, archive_failures, archive_retry_at } = this.#archive;
    return {
      archived_to,
      archive_failures,
      archive_retry_at,
      fanout: JSON.stringify(Object.fromEntries(this.marks)),
      receipts: this.receipts.toJson(leaving),
    };
  }
}
