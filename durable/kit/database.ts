/**
 * The door to one object's own SQLite: bound parameters, whole results, and a meter.
 * Rows written are what the system pays for, so they are counted where they happen,
 * `setAlarm` included (a row on the bill that `rowsWritten` does not show).
 */

export interface Usage {
  rowsRead: number;
  rowsWritten: number;
  statements: number;
  transactions: number;
  alarmsSet: number;
}

export type SqlValue = string | number | null;
export type SqlRow = Record<string, SqlValue>;

/** What the kit needs of `ctx.storage`; tests pass their own. */
export type Storage = Pick<DurableObjectStorage, 'sql' | 'transactionSync' | 'setAlarm' | 'getAlarm'>;

export class Database {
  readonly usage: Usage = { rowsRead: 0, rowsWritten: 0, statements: 0, transactions: 0, alarmsSet: 0 };
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  all<Row extends SqlRow>(query: string, ...bindings: SqlValue[]): Row[] {
    const cursor = this.#storage.sql.exec<Row>(query, ...bindings);
    const rows = cursor.toArray();
    this.#count(cursor);
    return rows;
  }

  first<Row extends SqlRow>(query: string, ...bindings: SqlValue[]): Row | undefined {
    return this.all<Row>(query, ...bindings)[0];
  }

  /** Row by row; the reader may stop early, and what it did not reach was not read. */
  *each<Row extends SqlRow>(query: string, ...bindings: SqlValue[]): Generator<Row, void, undefined> {
    const cursor = this.#storage.sql.exec<Row>(query, ...bindings);
    try {
      yield* cursor;
    } finally {
      this.#count(cursor);
    }
  }

  run(query: string, ...bindings: SqlValue[]): void {
    this.all(query, ...bindings);
  }

  /** All or nothing: a throw inside rolls back what was written inside. */
  transaction<T>(work: () => T): T {
    this.usage.transactions += 1;
    return this.#storage.transactionSync(work);
  }

  /** What it takes on disk. Not for every turn: it is a statement. */
  get bytes(): number {
    return this.#storage.sql.databaseSize;
  }

  getAlarm(): Promise<number | null> {
    return this.#storage.getAlarm();
  }

  /** Takes effect with the writes of the same turn; a failure breaks the output gate and resets the object. */
  setAlarm(at: number): void {
    this.usage.alarmsSet += 1;
    this.usage.rowsWritten += 1;
    void this.#storage.setAlarm(at);
  }

  #count(cursor: { rowsRead: number; rowsWritten: number }): void {
    this.usage.statements += 1;
    this.usage.rowsRead += cursor.rowsRead;
    this.usage.rowsWritten += cursor.rowsWritten;
  }
}
