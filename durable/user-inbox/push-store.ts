/**
 * The two columns of a conversation's row that are about push: the last decisions, and how far
 * notifications have got. They are written here alone, in one statement, and move no version:
 * no device is told of them. An object that was never written has no tables and answers empty.
 */
import type { PushDecision } from '../../protocol/devices.ts';
import type { Database } from '../kit/database.ts';
import { schemaVersion } from '../kit/migrate.ts';
import { NEWEST_ROWS_MAX } from './conversations/extent.ts';

const CONVERSATIONS_IN_LOG = 200;

export interface PushState {
  /** Oldest first, at most three. */
  decisions: PushDecision[];
  pushed_to: number;
}

export class PushStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  state(conversationId: string): PushState {
    const row = this.#db.first<{ pushes: string; pushed_to: number }>(
      'SELECT pushes, pushed_to FROM conversations WHERE conversation_id = ?',
      conversationId,
    );
    return row === undefined ? { decisions: [], pushed_to: 0 } : { decisions: decisionsIn(row.pushes), pushed_to: row.pushed_to };
  }

  put(conversationId: string, { decisions, pushed_to }: PushState): void {
    this.#db.run(
      'UPDATE conversations SET pushes = ?, pushed_to = ? WHERE conversation_id = ?',
      JSON.stringify(decisions),
      pushed_to,
      conversationId,
    );
  }

  /** Of the conversations that moved last; of each the newest first. */
  decisions(): PushDecision[] {
    if (schemaVersion(this.#db) === 0) return [];
    const rows = this.#db.all<{ pushes: string }>(
      `SELECT pushes FROM (SELECT pushes FROM conversations ORDER BY activity DESC LIMIT ${NEWEST_ROWS_MAX}) WHERE pushes <> '[]' LIMIT ?`,
      CONVERSATIONS_IN_LOG,
    );
    return rows.flatMap(({ pushes }) => decisionsIn(pushes).toReversed());
  }

  /** Messages in conversations that are neither muted nor archived, of those that moved last; not in requests. */
  unread(now: number): number {
    return (
      this.#db.first<{ unread: number }>(
        `SELECT coalesce(sum(max(0, countable_total - read_total)), 0) AS unread
          FROM (SELECT countable_total, read_total, role, state, archived, muted_until FROM conversations ORDER BY activity DESC LIMIT ${NEWEST_ROWS_MAX})
          WHERE role IS NOT NULL AND state NOT IN ('request', 'invited') AND archived = 0 AND (muted_until IS NULL OR muted_until <= ?)`,
        now,
      )?.unread ?? 0
    );
  }
}

export const decisionsIn = (json: string): PushDecision[] => JSON.parse(json) as PushDecision[];
