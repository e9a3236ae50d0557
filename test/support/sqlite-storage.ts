/**
 * An object's storage without the platform: SQLite in memory, with the platform's notion of a turn.
 * What is written in a turn becomes durable together when the turn ends (`commit`), the alarm with it;
 * a `crash` loses what was not. Transactions nest. `rowsRead` counts the rows that were handed out
 * and `rowsWritten` those that changed: close to the platform's meter, not equal to it.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Storage } from '../../durable/kit/database.ts';

/** Asked before each statement; throws to simulate a fault. */
export type Fault = (query: string) => void;

export class SqliteStorage {
  readonly db = new DatabaseSync(':memory:');
  fault: Fault | undefined;
  #alarm: number | null = null;
  #durableAlarm: number | null = null;
  #inTurn = false;
  #depth = 0;
  readonly #statements = new Map<string, StatementSync>();

  /** The alarm as it would survive a crash. */
  get durableAlarm(): number | null {
    return this.#durableAlarm;
  }

  /** The turn ends: what it wrote is on disk. */
  commit(): void {
    if (this.#inTurn) this.db.exec('COMMIT');
    this.#inTurn = false;
    this.#durableAlarm = this.#alarm;
  }

  /** The process dies: what was not committed is gone. */
  crash(): void {
    if (this.#inTurn) this.db.exec('ROLLBACK');
    this.#inTurn = false;
    this.#depth = 0;
    this.#alarm = this.#durableAlarm;
  }

  /** The platform's side: the alarm has been delivered. */
  clearAlarm(): void {
    this.#alarm = null;
  }

  /** What an object gets in its constructor. `alive` false: it has been killed, and nothing it does arrives any more. */
  handle(alive: () => boolean = () => true): Storage {
    const check = (): void => {
      if (!alive()) throw new Error('this object was killed');
    };
    const bytes = (): number =>
      this.rows<{ bytes: number }>('SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()')[0]!.bytes;
    const sql = {
      get databaseSize(): number {
        return bytes();
      },
      exec: (query: string, ...bindings: SQLInputValue[]) => {
        check();
        return this.#exec(query, bindings);
      },
    };
    return {
      sql,
      transactionSync: <T>(work: () => T): T => {
        check();
        return this.#transaction(work);
      },
      setAlarm: (at: number) => {
        if (alive()) this.#alarm = at;
        return Promise.resolve();
      },
      getAlarm: () => Promise.resolve(this.#alarm),
    } as unknown as Storage;
  }

  /** Rows as they are, past the fault and the meter: for tests that look. */
  rows<Row>(query: string, ...bindings: SQLInputValue[]): Row[] {
    return this.#statement(query).all(...bindings) as Row[];
  }

  #exec(query: string, bindings: SQLInputValue[]): Cursor {
    this.fault?.(query);
    this.#begin();
    const statement = this.#statement(query);
    if (statement.columns().length === 0) {
      const { changes } = statement.run(...bindings);
      return new Cursor([], /^\s*(INSERT|UPDATE|DELETE|REPLACE)/i.test(query) ? Number(changes) : 0);
    }
    const rows = statement.all(...bindings) as Record<string, unknown>[];
    return new Cursor(rows, /^\s*SELECT/i.test(query) ? 0 : rows.length);
  }

  #transaction<T>(work: () => T): T {
    this.#begin();
    const name = `nested_${this.#depth++}`;
    this.db.exec(`SAVEPOINT ${name}`);
    try {
      const result = work();
      this.db.exec(`RELEASE ${name}`);
      return result;
    } catch (error) {
      this.db.exec(`ROLLBACK TO ${name}; RELEASE ${name}`);
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  #begin(): void {
    if (!this.#inTurn) this.db.exec('BEGIN');
    this.#inTurn = true;
  }

  #statement(query: string): StatementSync {
    let statement = this.#statements.get(query);
    if (statement === undefined) this.#statements.set(query, (statement = this.db.prepare(query)));
    return statement;
  }
}

class Cursor implements Iterable<Record<string, unknown>> {
  readonly rowsWritten: number;
  rowsRead = 0;
  readonly #rows: Iterator<Record<string, unknown>>;

  constructor(rows: readonly Record<string, unknown>[], rowsWritten: number) {
    this.rowsWritten = rowsWritten;
    this.#rows = rows.values();
  }

  next(): IteratorResult<Record<string, unknown>> {
    const result = this.#rows.next();
    if (result.done !== true) this.rowsRead += 1;
    return result;
  }

  [Symbol.iterator](): Iterator<Record<string, unknown>> {
    return this;
  }

  toArray(): Record<string, unknown>[] {
    return [...this];
  }

  one(): Record<string, unknown> {
    const rows = this.toArray();
    if (rows.length !== 1) throw new Error(`one() found ${rows.length} rows`);
    return rows[0]!;
  }
}
