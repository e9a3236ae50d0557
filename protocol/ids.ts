/**
 * Identifiers of the wire: lower-case UUIDs (RFC 9562). Version 7 where we make
 * them, version 5 where both sides must arrive at the same one.
 */

export const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Namespace of every name-based id of ours. */
export const NATTER_NAMESPACE = '8f2b6f0e-6a0d-5c2a-9d0e-6e6174746572';

export const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID_PATTERN.test(value);

/**
 * A version 7 UUID: 48 bits of milliseconds, then chance.
 * @param now milliseconds since 1970
 * @param random 16 random bytes; `crypto.getRandomValues` when left out
 */
export function uuidv7(now: number, random: Uint8Array = crypto.getRandomValues(new Uint8Array(16))): string {
  const bytes = Uint8Array.from(random);
  for (let i = 5, ms = now; i >= 0; i--, ms = Math.floor(ms / 256)) bytes[i] = ms % 256;
  return format(bytes, 7);
}

/** A version 5 UUID: the SHA-1 of a name within a namespace. */
export async function uuidv5(name: string, namespace: string = NATTER_NAMESPACE): Promise<string> {
  const space = namespace
    .replaceAll('-', '')
    .match(/../g)!
    .map((pair) => Number.parseInt(pair, 16));
  const hash = await crypto.subtle.digest('SHA-1', Uint8Array.from([...space, ...new TextEncoder().encode(name)]));
  return format(new Uint8Array(hash, 0, 16), 5);
}

/** The id of the direct conversation of two users, whichever of them asks. */
export const directConversationId = (one: string, other: string): Promise<string> => uuidv5(`direct:${pairOf(one, other)}`);

/** Where the first one is taken: once a client could choose the id of a group, and so sit on a pair's. */
export const spareDirectConversationId = (one: string, other: string): Promise<string> => uuidv5(`direct:1:${pairOf(one, other)}`);

/** The id of the group that its creator made under this `global_id`: nobody else comes to the same. */
export const groupConversationId = (creatorId: string, globalId: string): Promise<string> => uuidv5(`group:${creatorId}:${globalId}`);

const pairOf = (one: string, other: string): string => [one, other].toSorted().join(':');

function format(bytes: Uint8Array, version: number): string {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
