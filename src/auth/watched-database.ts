/**
 * better-auth turns some failures of what it works on into answers of its own and swallows others
 * (signing out answers 200 when nothing was deleted). This notes that D1 or a user's object failed
 * while it ran, so that the caller can say so. Knows no SQL.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { isOurs, write } from '../../store/database.ts';

interface Watch {
  failed: boolean;
}
const watches = new AsyncLocalStorage<Watch>();

/** Runs it and tells whether D1 or an object failed meanwhile, whatever came out. */
export async function watched<T>(run: () => Promise<T>): Promise<{ failed: boolean; result: T | undefined; error: unknown }> {
  const watch: Watch = { failed: false };
  try {
    return { result: await watches.run(watch, run), failed: watch.failed, error: undefined };
  } catch (error) {
    return { result: undefined, failed: watch.failed, error };
  }
}

/** The same database, with every failure noted. */
export function watchedDatabase(db: D1Database): D1Database {
  const batch: D1Database['batch'] = (statements) =>
    noted(() => db.batch(statements.map((statement) => originals.get(statement) ?? statement)));
  return replace(db, { prepare: (sql: string) => watchedStatement(db.prepare(sql)), batch });
}

/** `batch` wants the statements it made itself. */
const originals = new WeakMap<D1PreparedStatement, D1PreparedStatement>();

function watchedStatement(statement: D1PreparedStatement): D1PreparedStatement {
  const wrapped = replace(statement, {
    bind: (...values: unknown[]) => watchedStatement(statement.bind(...values)),
    all: () => noted(() => statement.all()),
    run: () => noted(() => statement.run()),
    first: (...column: [string]) => noted(() => statement.first(...column)),
    raw: (...options: [{ columnNames?: false }]) => noted(() => statement.raw(...options)),
  });
  originals.set(wrapped, statement);
  return wrapped;
}

/** A call to an object, noted when it fails, for whatever reason. */
export async function notedCall<T>(call: () => PromiseLike<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    note();
    throw error;
  }
}

/** A statement, bounded in time, and noted when D1 is what fails. */
async function noted<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await write(query);
  } catch (error) {
    if (!isOurs(error)) note();
    throw error;
  }
}

function note(): void {
  const watch = watches.getStore();
  if (watch !== undefined) watch.failed = true;
}

function replace<T extends object>(target: T, methods: Record<string, unknown>): T {
  return new Proxy(target, {
    get(object, name) {
      if (typeof name === 'string' && name in methods) return methods[name];
      const value: unknown = Reflect.get(object, name, object);
      return typeof value === 'function' ? (value.bind(object) as unknown) : value;
    },
  });
}
