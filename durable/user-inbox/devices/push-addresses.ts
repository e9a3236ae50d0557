/**
 * Where the user's notifications go: an address lives in its device's row. It belongs to one device of one
 * user, the last who registered it: before a row gets it, the object of that address has taken it from
 * whoever had it (durable/push-address.ts). It ends with its device, with the session it came by, when the
 * provider says so, or unused; an end is noticed when somebody asks. Giving it back to its object only
 * tidies up: that one asks the user who lost it, and finds nothing.
 */
import type { Device, PushAddress } from '../../../protocol/devices.ts';
import { accept, refuse, type Outcome } from '../../../protocol/outcome.ts';
import type { PushSend } from '../push-api.ts';
import type { DeviceRecord } from '../schema.ts';
import { addressOf, endOfAddress, isSamePlace, secretPlaceOf } from './address.ts';
import { sessionFields, UNKNOWN_DEVICE, type Devices, type DeviceUse } from './devices.ts';
import type { DeviceStore } from './store.ts';

export interface PushAddressesDeps {
  store: DeviceStore;
  devices: Pick<Devices, 'touch' | 'toDevice'>;
  /** Makes this user the owner of what lies there. Done when it resolves: nobody else has it then. */
  claim(place: string): Promise<void>;
  /** It is no longer this user's. */
  release(place: string): Promise<void>;
  now(): number;
  onError(error: unknown): void;
}

const RETRY_AFTER_S = 5;

export class PushAddresses {
  readonly #deps: PushAddressesDeps;
  /** Being claimed; one that is lost meanwhile must not be written down. */
  readonly #claims = new Set<{ place: string; isLost: boolean }>();
  /** On their way: a claim of the same place must not be overtaken by one. */
  readonly #releases = new Map<string, Promise<void>>();

  constructor(deps: PushAddressesDeps) {
    this.#deps = deps;
  }

  /** Registers the device too when it is new. Repeating it writes nothing. */
  async put(use: DeviceUse, deviceId: string, address: PushAddress): Promise<Outcome<Device>> {
    const touched = this.#deps.devices.touch(use, deviceId);
    if (!touched.ok) return touched;
    const claim = { place: secretPlaceOf(address), isLost: false };
    this.#claims.add(claim);
    try {
      await this.#releases.get(claim.place);
      await this.#deps.claim(claim.place);
    } catch (error) {
      this.#deps.onError(error);
      return refuse('unavailable', 'The push address cannot be registered right now.', { retry_after: RETRY_AFTER_S });
    } finally {
      this.#claims.delete(claim);
    }
    if (claim.isLost) return refuse('conflict', 'Another user registered this push address meanwhile.');
    return this.#write(use, deviceId, address);
  }

  delete(sessionId: string, deviceId: string): Outcome<Device> {
    const { store, devices } = this.#deps;
    const record = store.get(deviceId);
    if (record === undefined) return UNKNOWN_DEVICE;
    return accept(devices.toDevice(this.#forget(record), sessionId));
  }

  of(deviceId: string): Outcome<PushAddress | null> {
    const { store } = this.#deps;
    if (store.get(deviceId) === undefined) return UNKNOWN_DEVICE;
    return accept(this.addresses().find(({ device_id }) => device_id === deviceId)?.address ?? null);
  }

  /** The devices that have an address. */
  addresses(): PushSend[] {
    return this.#deps.store.all().flatMap((record) => {
      const address = addressOf(record);
      if (address === null) return [];
      if (endOfAddress(record) > this.#deps.now()) return [{ device_id: record.device_id, address }];
      this.#forget(record);
      return [];
    });
  }

  /** While it is still this one: the device may have a new one by now. */
  forgetAddress(deviceId: string, address: PushAddress): void {
    const record = this.#deps.store.get(deviceId);
    if (record !== undefined && isSamePlace(addressOf(record), address)) this.#forget(record);
  }

  /** Another user has registered it. */
  lose(place: string): void {
    const { store } = this.#deps;
    for (const claim of this.#claims) if (claim.place === place) claim.isLost = true;
    for (const record of store.all()) if (isAt(record, place)) store.put({ ...record, push: null });
  }

  /** The row of a device that has it goes, or is about to get another. */
  released(record: DeviceRecord): void {
    const address = addressOf(record);
    if (address !== null) this.#release(secretPlaceOf(address));
  }

  #write(use: DeviceUse, deviceId: string, address: PushAddress): Outcome<Device> {
    const { store, devices } = this.#deps;
    const place = secretPlaceOf(address);
    // Read after the wait: it may be gone, or its session has ended.
    const record = store.get(deviceId);
    if (record === undefined || record.session_id === null) {
      this.#release(place);
      return record === undefined ? UNKNOWN_DEVICE : refuse('unauthenticated', 'The session has ended.');
    }
    for (const other of store.all()) {
      if (other.device_id === deviceId || !isSamePlace(addressOf(other), address)) continue;
      if (!isAt(other, place)) this.released(other);
      store.put({ ...other, push: null });
    }
    if (!isAt(record, place)) this.released(record);
    const changed = { ...record, ...sessionFields(use), push: JSON.stringify(address) };
    if (record.push !== changed.push || record.session_id !== use.session_id) store.put(changed);
    return accept(devices.toDevice(changed, use.session_id));
  }

  #release(place: string): void {
    const released = this.#deps
      .release(place)
      .catch((error: unknown) => this.#deps.onError(error))
      .finally(() => this.#releases.delete(place));
    this.#releases.set(place, released);
  }

  #forget(record: DeviceRecord): DeviceRecord {
    if (record.push === null) return record;
    this.released(record);
    const without = { ...record, push: null };
    this.#deps.store.put(without);
    return without;
  }
}

function isAt(record: DeviceRecord, place: string): boolean {
  const address = addressOf(record);
  return address !== null && secretPlaceOf(address) === place;
}
