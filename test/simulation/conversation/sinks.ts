/**
 * What follows the log, and cannot be relied on: the members' inboxes (with the real merge) and D1
 * (with the real SQL). A call may fail, come through with its answer lost, come late, or come twice.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { EntryRecord } from '../../../durable/conversation/schema.ts';
import type { Delivered, Delivery } from '../../../durable/user-inbox/api.ts';
import { merge, toRow } from '../../../durable/user-inbox/inbox.ts';
import type { InboxRecord } from '../../../durable/user-inbox/schema.ts';
import { archiveMessages, type ArchiveRow } from '../../../store/archive.ts';
import type { VirtualClock } from '../../support/client-clock.ts';
import type { Chance } from '../../support/client-random.ts';

const TIMEOUT_MS = 10_000;

export interface Weather {
  clock: VirtualClock;
  chance: Chance;
  /** 0 when the storm is over. */
  failing(): number;
  count(what: string): void;
}

/** A call over an unreliable way: `apply` may happen never, later, or twice. */
export function unreliable<T>({ clock, chance, failing, count }: Weather, apply: () => T): Promise<T> {
  const latencyMs = chance.between(1, 60);
  const fail = (ms: number, what: string) =>
    new Promise<T>((_, reject) => clock.setTimer(() => reject(new Error(`simulated: ${what}`)), ms));
  const after = (ms: number) => void clock.setTimer(apply, ms);
  const answered = () => new Promise<T>((resolve) => clock.setTimer(() => resolve(apply()), latencyMs));
  if (!chance.happens(failing())) return answered();
  const fate = chance.pick(['refused', 'silent', 'answer lost', 'late', 'twice'] as const);
  count(`call ${fate}`);
  switch (fate) {
    case 'refused':
      return fail(latencyMs, fate);
    case 'silent':
      return fail(TIMEOUT_MS, fate);
    case 'answer lost':
      after(latencyMs);
      return fail(TIMEOUT_MS, fate);
    case 'late':
      after(TIMEOUT_MS + chance.between(1, 60_000));
      return fail(TIMEOUT_MS, fate);
    case 'twice':
      after(chance.between(100, 40_000));
      return answered();
  }
}

export class SimulatedInboxes {
  readonly rows = new Map<string, InboxRecord>();
  readonly breaches: string[] = [];
  readonly #versions = new Map<string, number>();
  readonly #weather: Weather;

  constructor(weather: Weather) {
    this.#weather = weather;
  }

  deliver(delivery: Delivery): Promise<Delivered> {
    const copy = structuredClone(delivery);
    const live_elsewhere = this.#weather.chance.happens(0.3);
    return unreliable(this.#weather, () => {
      this.#apply(copy);
      return { stored: true, live_elsewhere };
    });
  }

  #apply(delivery: Delivery): void {
    const { user_id } = delivery;
    const version = (this.#versions.get(user_id) ?? 0) + 1;
    const row = merge(this.rows.get(user_id), delivery, version);
    if (row === null) return;
    this.#versions.set(user_id, version);
    this.rows.set(user_id, row);
    if (row.version !== version) this.breaches.push(`inbox of ${user_id}: version ${row.version} instead of ${version}`);
    if (row.countable_total < row.read_total) this.breaches.push(`inbox of ${user_id}: read more than there is`);
    toRow(row);
  }
}

export class SimulatedArchive {
  readonly #db = new DatabaseSync(':memory:');
  readonly #weather: Weather;

  constructor(weather: Weather) {
    this.#weather = weather;
    const sql = readFileSync(join(import.meta.dirname, '../../../migrations/0002_archive.sql'), 'utf8');
    this.#db.exec(sql);
  }

  store(conversationId: string, rows: readonly EntryRecord[]): Promise<void> {
    const copy = structuredClone(rows) as EntryRecord[];
    return unreliable(this.#weather, () => void archiveMessages(this.#shard(), conversationId, copy));
  }

  rows(): ArchiveRow[] {
    return this.#db.prepare('SELECT * FROM messages ORDER BY message_id').all() as unknown as ArchiveRow[];
  }

  get size(): number {
    return (this.#db.prepare('SELECT count(*) AS size FROM messages').get() as { size: number }).size;
  }

  close(): void {
    this.#db.close();
  }

  /** As much of D1 as the archive uses; statements run when they are asked to, in one transaction. */
  #shard(): D1Database {
    const run = ({ sql, values }: Bound) => this.#db.prepare(sql).run(...values);
    const prepare = (sql: string) => ({ bind: (...values: SQLInputValue[]): Bound => ({ sql, values }) });
    const batch = (statements: Bound[]) => {
      this.#db.exec('BEGIN');
      statements.forEach(run);
      this.#db.exec('COMMIT');
      return Promise.resolve([]);
    };
    return { prepare, batch } as unknown as D1Database;
  }
}

interface Bound {
  sql: string;
  values: SQLInputValue[];
}
