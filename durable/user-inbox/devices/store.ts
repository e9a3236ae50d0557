/**
 * SQL of the user's devices, twenty rows at most: they are read once, since every delivery asks for them.
 * A push address lives in its device's row and dies with it.
 */
import type { Database } from '../../kit/database.ts';
import type { Tables } from '../../kit/migrate.ts';
import type { Bucket } from '../../kit/token-bucket.ts';
import type { DeviceRecord } from '../schema.ts';

const LIST = 'device_id, name, platform, session_id, session_expires_at, created_at, last_used_at, push';

export class DeviceStore {
  readonly #db: Database;
  readonly #tables: Tables;
  /** As they are stored; null: to be read. */
  #records: readonly DeviceRecord[] | null = null;

  constructor(db: Database, tables: Tables) {
    this.#db = db;
    this.#tables = tables;
  }

  /** The one used last comes first. */
  all(): readonly DeviceRecord[] {
    if (!this.#tables.exist) return [];
    this.#records ??= this.#db.all<DeviceRecord>(`SELECT ${LIST} FROM devices ORDER BY last_used_at DESC, created_at DESC, device_id`);
    return this.#records;
  }

  get(deviceId: string): DeviceRecord | undefined {
    return this.all().find(({ device_id }) => device_id === deviceId);
  }

  put(record: DeviceRecord): void {
    this.#tables.create();
    this.#records = null;
    this.#db.run(
      `INSERT INTO devices (${LIST}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (device_id) DO UPDATE SET name = excluded.name, platform = excluded.platform, session_id = excluded.session_id,
         session_expires_at = excluded.session_expires_at, last_used_at = excluded.last_used_at, push = excluded.push`,
      record.device_id,
      record.name,
      record.platform,
      record.session_id,
      record.session_expires_at,
      record.created_at,
      record.last_used_at,
      record.push,
    );
  }

  delete(deviceId: string): void {
    this.#records = null;
    if (this.#tables.exist) this.#db.run('DELETE FROM devices WHERE device_id = ?', deviceId);
  }

  /** The session has ended: nothing is sent any more to where it was. */
  forgetSession(sessionId: string): void {
    this.#records = null;
    if (!this.#tables.exist) return;
    this.#db.run('UPDATE devices SET session_id = NULL, session_expires_at = NULL, push = NULL WHERE session_id = ?', sessionId);
  }

  /** Undefined: no device was ever registered under a limit. */
  registrations(): Bucket | undefined {
    if (!this.#tables.exist) return undefined;
    return this.#db.first<{ tokens: number; at: number }>('SELECT tokens, at FROM device_registrations WHERE id = 1');
  }

  putRegistrations({ tokens, at }: Bucket): void {
    this.#tables.create();
    this.#db.run(
      `INSERT INTO device_registrations (id, tokens, at) VALUES (1, ?, ?)
       ON CONFLICT (id) DO UPDATE SET tokens = excluded.tokens, at = excluded.at`,
      tokens,
      at,
    );
  }
}
