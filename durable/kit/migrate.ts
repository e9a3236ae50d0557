/**
 * Schema versions inside an object. An object that was never created has no tables, and
 * asking does not make them; one that was created is brought to the newest version on waking.
 */
import type { Database } from './database.ts';

/** Statements that lead from version `index` to version `index + 1`; never edited once released. */
export type Migrations = readonly (readonly string[])[];

/** 0: never created. */
export function schemaVersion(db: Database): number {
  if (db.first("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'") === undefined) return 0;
  return db.first<{ version: number }>('SELECT version FROM schema_version WHERE id = 1')?.version ?? 0;
}

/** Brings a created object to the newest version; leaves one that was never created alone. True when it exists. */
export function migrateExisting(db: Database, migrations: Migrations): boolean {
  const version = schemaVersion(db);
  if (version === 0) return false;
  if (version < migrations.length) apply(db, migrations, version);
  return true;
}

/** Makes the tables of an object that has none. Belongs inside the transaction that writes the first row. */
export function createSchema(db: Database, migrations: Migrations): void {
  db.run('CREATE TABLE schema_version (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL) STRICT');
  db.run('INSERT INTO schema_version (id, version) VALUES (1, 0)');
  apply(db, migrations, 0);
}

/** The tables of one object, whichever of its stores asks: made with the first row that is written. */
export class Tables {
  readonly #db: Database;
  readonly #migrations: Migrations;
  #exist: boolean;

  constructor(db: Database, migrations: Migrations) {
    this.#db = db;
    this.#migrations = migrations;
    this.#exist = migrateExisting(db, migrations);
  }

  get exist(): boolean {
    return this.#exist;
  }

  create(): void {
    if (this.#exist) return;
    this.#db.transaction(() => createSchema(this.#db, this.#migrations));
    this.#exist = true;
  }
}

function apply(db: Database, migrations: Migrations, from: number): void {
  db.transaction(() => {
    for (const statements of migrations.slice(from)) for (const statement of statements) db.run(statement);
    db.run('UPDATE schema_version SET version = ? WHERE id = 1', migrations.length);
  });
}
