/**
 * The user's devices: registered on first use, twenty at most, each with the session that last
 * used it and its push address. Ending a session is not done here: whoever asked is told which.
 * Nor is the closing of sockets: one with a fresh socket is in use, whatever is written down.
 * Invariant: one push address belongs to one device.
 */
import { pushAddress, type Device, type PushAddress, type PutDeviceBody } from '../../protocol/devices.ts';
import { DEVICES_PER_USER_MAX } from '../../protocol/limits.ts';
import { accept, refuse, type Outcome } from '../../protocol/outcome.ts';
import type { DeviceStore } from './device-store.ts';
import type { PushSend } from './push-api.ts';
import type { DeviceRecord } from './schema.ts';

export interface DevicesDeps {
  store: DeviceStore;
  now(): number;
  /** It has a fresh inbox socket. */
  isHere(deviceId: string): boolean;
  /** It is no longer registered: its sockets close, whichever session opened them. */
  onRemoved(deviceId: string): void;
}

/** A use is written down at most this often. */
export const USE_WRITTEN_EVERY_MS = 3_600_000;

const UNKNOWN = refuse('not_found', 'There is no such device.');

export class Devices {
  readonly #deps: DevicesDeps;

  constructor(deps: DevicesDeps) {
    this.#deps = deps;
  }

  touch(sessionId: string, deviceId: string): { ended_session_id: string | null } {
    return { ended_session_id: this.#use(sessionId, deviceId, {}).endedSessionId };
  }

  list(sessionId: string): Device[] {
    const devices = this.#deps.store.all().map((record) => this.#toDevice(record, sessionId));
    return devices.toSorted((one, other) => other.last_used_at - one.last_used_at);
  }

  put(sessionId: string, deviceId: string, { name, platform }: PutDeviceBody): { device: Device; ended_session_id: string | null } {
    const { record, endedSessionId } = this.#use(sessionId, deviceId, { name, platform });
    return { device: this.#toDevice(record, sessionId), ended_session_id: endedSessionId };
  }

  sessionOf(deviceId: string): Outcome<{ session_id: string | null }> {
    const record = this.#deps.store.get(deviceId);
    return record === undefined ? UNKNOWN : accept({ session_id: record.session_id });
  }

  delete(deviceId: string): Outcome<{ session_id: string | null }> {
    const found = this.sessionOf(deviceId);
    if (found.ok) this.#remove(deviceId);
    return found;
  }

  /** Its socket has gone, and was the last use so far. */
  left(deviceId: string, heardAt: number): void {
    const { store } = this.#deps;
    const record = store.get(deviceId);
    if (record !== undefined && heardAt - record.last_used_at >= USE_WRITTEN_EVERY_MS) store.put({ ...record, last_used_at: heardAt });
  }

  putAddress(sessionId: string, deviceId: string, address: PushAddress): Outcome<Device> {
    const { store } = this.#deps;
    const record = store.get(deviceId);
    if (record === undefined) return UNKNOWN;
    for (const other of store.all()) {
      if (other.device_id !== deviceId && isSame(addressOf(other), address)) store.put({ ...other, push: null });
    }
    const push = JSON.stringify(address);
    const changed = { ...record, session_id: sessionId, push };
    if (record.push !== push || record.session_id !== sessionId) store.put(changed);
    return accept(this.#toDevice(changed, sessionId));
  }

  deleteAddress(sessionId: string, deviceId: string): Outcome<Device> {
    const { store } = this.#deps;
    const record = store.get(deviceId);
    if (record === undefined) return UNKNOWN;
    if (record.push !== null) store.put({ ...record, push: null });
    return accept(this.#toDevice({ ...record, push: null }, sessionId));
  }

  address(deviceId: string): Outcome<PushAddress | null> {
    const record = this.#deps.store.get(deviceId);
    return record === undefined ? UNKNOWN : accept(addressOf(record));
  }

  /** The devices that have an address. */
  addresses(): PushSend[] {
    return this.#deps.store.all().flatMap((record) => {
      const address = addressOf(record);
      return address === null ? [] : [{ device_id: record.device_id, address }];
    });
  }

  /** While it is still this one: the device may have a new one by now. */
  forgetAddress(deviceId: string, address: PushAddress): void {
    const record = this.#deps.store.get(deviceId);
    if (record !== undefined && isSame(addressOf(record), address)) this.#deps.store.put({ ...record, push: null });
  }

  forgetSession(sessionId: string): void {
    this.#deps.store.forgetSession(sessionId);
  }

  #use(
    sessionId: string,
    deviceId: string,
    said: { name?: DeviceRecord['name']; platform?: DeviceRecord['platform'] },
  ): { record: DeviceRecord; endedSessionId: string | null } {
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
      session_id: sessionId,
      last_used_at: now(),
    };
    if (old !== undefined && !isWorthWriting(old, record)) return { record: old, endedSessionId: null };
    const endedSessionId = old === undefined ? this.#makeRoom() : null;
    store.put(record);
    return { record, endedSessionId: endedSessionId === sessionId ? null : endedSessionId };
  }

  /** Drops the longest unused. @returns its session, unless another device is used with it */
  #makeRoom(): string | null {
    const { store, isHere } = this.#deps;
    const all = store.all().toSorted((one, other) => Number(isHere(other.device_id)) - Number(isHere(one.device_id)));
    const kept = all.slice(0, DEVICES_PER_USER_MAX - 1);
    const dropped = all.slice(DEVICES_PER_USER_MAX - 1);
    for (const { device_id } of dropped) this.#remove(device_id);
    const session = dropped[0]?.session_id ?? null;
    return kept.some(({ session_id }) => session_id === session) ? null : session;
  }

  #remove(deviceId: string): void {
    this.#deps.store.delete(deviceId);
    this.#deps.onRemoved(deviceId);
  }

  #toDevice(record: DeviceRecord, sessionId: string): Device {
    const { isHere, now } = this.#deps;
    return {
      device_id: record.device_id,
      name: record.name,
      platform: record.platform,
      created_at: record.created_at,
      last_used_at: isHere(record.device_id) ? now() : record.last_used_at,
      current: record.session_id === sessionId,
      push: addressOf(record)?.kind ?? null,
    };
  }
}

const isWorthWriting = (old: DeviceRecord, record: DeviceRecord): boolean =>
  old.session_id !== record.session_id ||
  old.name !== record.name ||
  old.platform !== record.platform ||
  record.last_used_at - old.last_used_at >= USE_WRITTEN_EVERY_MS;

/** It was checked when it came in; what is stored by an older version may have another shape. */
function addressOf({ push }: DeviceRecord): PushAddress | null {
  if (push === null) return null;
  const parsed = pushAddress.safeParse(JSON.parse(push));
  return parsed.success ? parsed.data : null;
}

/** What tells one address from another: keys and topics may be renewed for the same place. */
const placeOf = (address: PushAddress): string =>
  address.kind === 'web' ? `web ${address.subscription.endpoint}` : `${address.kind} ${address.token}`;

const isSame = (one: PushAddress | null, other: PushAddress): boolean => one !== null && placeOf(one) === placeOf(other);
