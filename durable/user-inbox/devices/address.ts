/**
 * Push addresses as a device's row holds them: what tells one from another, and when one ends. Pure.
 * It knows neither who owns an address nor how one is reached.
 */
import { pushAddress, type PushAddress } from '../../../protocol/devices.ts';
import { PUSH_UNUSED_MS } from '../../../protocol/limits.ts';
import type { DeviceRecord } from '../schema.ts';

/** It was checked when it came in; what is stored by an older version may have another shape. */
export function addressOf({ push }: Pick<DeviceRecord, 'push'>): PushAddress | null {
  if (push === null) return null;
  const parsed = pushAddress.safeParse(JSON.parse(push));
  return parsed.success ? parsed.data : null;
}

/** Among one's own devices: keys and topics may be renewed for the same place. */
export const isSamePlace = (one: PushAddress | null, other: PushAddress): boolean => one !== null && placeOf(one) === placeOf(other);

const placeOf = (address: PushAddress): string =>
  address.kind === 'web' ? `web ${address.subscription.endpoint}` : `${address.kind} ${address.token}`;

/**
 * Among users: what only the browser or app behind the address can name. Of a web address the `auth`
 * secret is part, so that an endpoint alone, which travels in logs, takes nothing from anybody and keeps
 * nobody out: with another secret it is another address, and what is sent there no browser can read.
 */
export const secretPlaceOf = (address: PushAddress): string =>
  address.kind === 'web' ? `${placeOf(address)} ${unpadded(address.subscription.keys.auth)}` : placeOf(address);

const unpadded = (base64url: string): string => base64url.replace(/=+$/u, '');

/** Under a session of ours it ends with that; the token of an embedding application is short, so then it ends when it is not used. */
export function endOfAddress({ session_expires_at, last_used_at }: Pick<DeviceRecord, 'session_expires_at' | 'last_used_at'>): number {
  return session_expires_at ?? last_used_at + PUSH_UNUSED_MS;
}
