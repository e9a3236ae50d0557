/**
 * The user's devices: registered on first use, twenty at most, each with the session that last used it.
 * A new one pushes out the one that is missed least, which ends no session and asks no conversation; only
 * a person who removes a device ends its session, and that is done by whoever asked. Their push addresses
 * are in push-addresses.ts.
 */
import type { Device, PutDeviceBody } from '../../../protocol/devices.ts';
import { DEVICES_PER_USER_MAX, NEW_DEVICES_PER_HOUR } from '../../../protocol/limits.ts';
import { accept, refuse, type Outcome } from '../../../protocol/outcome.ts';
import { fullBucket, scaledRate, takeToken, type Rate } from '../../kit/token-bucket.ts';
import { FOREIGN_SESSION, type Session } from '../../session.ts';
import type { DeviceRecord } from '../schema.ts';
import { addressOf, endOfAddress } from './address.ts';
import { evicted } from './eviction.ts';
import type { DeviceStore } from './store.ts';

export interface DevicesDeps {
  store: DeviceStore;
  rateFactor: number;
  now(): number;
  /** It has a fresh inbox socket. */
  isHere(deviceId: string): boolean;
  /** It made room for another: it is no longer listed, and its session goes on. */
  onEvicted(deviceId: string): void;
  /** A person removed it: its sockets close, whichever session opened them. */
  onRemoved(deviceId: string): void;
  /** Its row is about to lose its push address. */
  onAddressGone(record: DeviceRecord): void;
}

/** Of whom a device is the tool. */
export type DeviceUse = Pick<Session, 'session_id' | 'expires_at'>;

/** A use is written down at most this often. */
export const USE_WRITTEN_EVERY_MS = 3_600_000;

export const UNKNOWN_DEVICE = refuse('not_found', 'There is no such device.');

export class Devices {
  readonly #deps: DevicesDeps;
  readonly #rate: Rate;

  constructor(deps: DevicesDeps) {
    this.#deps = deps;
    this.#rate = scaledRate({ burst: NEW_DEVICES_PER_HOUR, perSecond: NEW_DEVICES_PER_HOUR / 3_600 }, deps.rateFactor);
  }

  /** A device is used: registers it when it is new; `rate_limited` when too many are. */
  touch(use: DeviceUse, deviceId: string): Outcome<null> {
    const used = this.#use(use, deviceId, {});
    return used.ok ? accept(null) : used;
  }

  list(sessionId: string): Device[] {
    const devices = this.#deps.store.all().map((record) => this.toDevice(record, sessionId));
    return devices.toSorted((one, other) => other.last_used_at - one.last_used_at);
  }

  put(use: DeviceUse, deviceId: string, { name, platform }: PutDeviceBody): Outcome<Device> {
    const used = this.#use(use, deviceId, { name, platform });
    return used.ok ? accept(this.toDevice(used.value, use.session_id)) : used;
  }

  sessionOf(deviceId: string): Outcome<{ session_id: string | null }> {
    const record = this.#deps.store.get(deviceId);
    return record === undefined ? UNKNOWN_DEVICE : accept({ session_id: record.session_id });
  }

  delete(deviceId: string): Outcome<{ session_id: string | null }> {
    const record = this.#deps.store.get(deviceId);
    if (record === undefined) return UNKNOWN_DEVICE;
    this.#drop(record);
    this.#deps.onRemoved(deviceId);
    return accept({ session_id: record.session_id });
  }

  /** Its socket has gone, and was the last use so far. */
  left(deviceId: string, heardAt: number): void {
    const { store } = this.#deps;
    const record = store.get(deviceId);
    if (record !== undefined && heardAt - record.last_used_at >= USE_WRITTEN_EVERY_MS) store.put({ ...record, last_used_at: heardAt });
  }

  /** It has ended, and the push addresses that came by it end too. */
  forgetSession(sessionId: string): void {
    const { store, onAddressGone } = this.#deps;
    for (const record of store.all()) if (record.session_id === sessionId) onAddressGone(record);
    store.forgetSession(sessionId);
  }

  toDevice(record: DeviceRecord, sessionId: string): Device {
    const { isHere, now } = this.#deps;
    return {
      device_id: record.device_id,
      name: record.name,
      platform: record.platform,
      created_at: record.created_at,
      last_used_at: isHere(record.device_id) ? now() : record.last_used_at,
      current: record.session_id === sessionId,
      push: endOfAddress(record) > now() ? (addressOf(record)?.kind ?? null) : null,
    };
  }

  #use(use: DeviceUse, deviceId: string, said: Partial<Pick<DeviceRecord, 'name' | 'platform'>>): Outcome<DeviceRecord> {
    const { store, now } = this.#deps;
    const old = store.get(deviceId);
    const record: DeviceRecord = {
      device_id: deviceId,
      name: null,
      platform: null,
      created_at: now(),
      push: null,
      ...old,
      ...said,
      ...sessionFields(use),
      last_used_at: now(),
    };
    if (old !== undefined && !isWorthWriting(old, record)) return accept(old);
    if (old === undefined) {
      const wait = this.#register();
      if (wait > 0) return refuse('rate_limited', 'Too many new devices of this user in the last hour.', { retry_after: wait });
      this.#makeRoom();
    }
    store.put(record);
    return accept(record);
  }

  /** @returns 0, or the seconds until another device may be registered; a refusal writes nothing */
  #register(): number {
    const { store, now } = this.#deps;
    const bucket = store.registrations() ?? fullBucket(this.#rate, now());
    const wait = takeToken(bucket, this.#rate, now());
    if (wait === 0) store.putRegistrations(bucket);
    return wait;
  }

  #makeRoom(): void {
    const { store, isHere, onEvicted, now } = this.#deps;
    const candidates = store.all().map((record) => ({
      ...record,
      isHere: isHere(record.device_id),
      hasAddress: record.push !== null && endOfAddress(record) > now(),
    }));
    for (const deviceId of evicted(candidates, DEVICES_PER_USER_MAX - 1)) {
      this.#drop(store.get(deviceId)!);
      onEvicted(deviceId);
    }
  }

  #drop(record: DeviceRecord): void {
    this.#deps.onAddressGone(record);
    this.#deps.store.delete(record.device_id);
  }
}

/** The columns that say which session used a device last. */
export const sessionFields = ({ session_id, expires_at }: DeviceUse): Pick<DeviceRecord, 'session_id' | 'session_expires_at'> => ({
  session_id,
  session_expires_at: session_id.startsWith(FOREIGN_SESSION) ? null : expires_at,
});

const isWorthWriting = (old: DeviceRecord, record: DeviceRecord): boolean =>
  old.session_id !== record.session_id ||
  old.name !== record.name ||
  old.platform !== record.platform ||
  // Prolonged, which happens once a day: its push address ends with it.
  Math.abs((record.session_expires_at ?? 0) - (old.session_expires_at ?? 0)) >= USE_WRITTEN_EVERY_MS ||
  record.last_used_at - old.last_used_at >= USE_WRITTEN_EVERY_MS;
