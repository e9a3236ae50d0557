/**
 * An object's storage for counting: SQLite in memory. `rowsWritten` counts the rows a statement
 * changed; the tables that a message touches have no index besides their key, so that is what
 * the platform's meter shows. It knows neither turns nor crashes.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Storage } from '../durable/kit/database.ts';

type Row = Record<string, unknown>;

/** @param onAlarm told each time the alarm is set */
export function memoryStorage(onAlarm: (at: number) => void): Storage {
  const db = new DatabaseSync(':memory:');
  const statements = new Map<string, StatementSync>();
  let depth = 0;

  function prepared(query: string): StatementSync {
    const known = statements.get(query) ?? db.prepare(query);
    statements.set(query, known);
    return known;
  }

  function exec(query: string, ...bindings: SQLInputValue[]): Cursor {
    const statement = prepared(query);
    const isReading = /^\s*SELECT/i.test(query);
    if (statement.columns().length > 0) {
      const rows = statement.all(...bindings) as Row[];
      return new Cursor(rows, isReading ? 0 : rows.length);
    }
    const { changes } = statement.run(...bindings);
    return new Cursor([], /^\s*(INSERT|UPDATE|DELETE|REPLACE)/i.test(query) ? Number(changes) : 0);
  }

  function transactionSync<T>(work: () => T): T {
    const name = `nested_${depth++}`;
    db.exec(`SAVEPOINT ${name}`);
    try {
      const result = work();
      db.exec(`RELEASE ${name}`);
      return result;
    } catch (error) {
      db.exec(`ROLLBACK TO ${name}; RELEASE ${name}`);
      throw error;
    } finally {
      depth -= 1;
    }
  }

  const setAlarm = (at: number): Promise<void> => Promise.resolve(onAlarm(at));
  const sql = {
    exec,
    get databaseSize(): number {
      return exec('SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()').toArray()[0]!['bytes'] as number;
    },
  };
  // The part of the platform's types that the objects use.
  return { sql, transactionSync, setAlarm, getAlarm: () => Promise.resolve(null) } as unknown as Storage;
}

class Cursor implements Iterable<Row> {
  readonly rowsWritten: number;
  rowsRead = 0;
  readonly #rows: Row[];

  constructor(rows: Row[], rowsWritten: number) {
    this.#rows = rows;
    this.rowsWritten = rowsWritten;
  }

  *[Symbol.iterator](): Iterator<Row> {
    for (const row of this.#rows) {
      this.rowsRead += 1;
      yield row;
    }
  }

  toArray(): Row[] {
    return [...this];
  }
}
