/**
 * Ids in little room: an attachment holds 16 KiB, and a UUID is 36 characters of text but 16 bytes.
 * The runtime's serialisation keeps one byte for each character below U+0100.
 */
import { isUuid } from '../../protocol/ids.ts';

const BYTES = 16;

/** What is no UUID stays as it is. */
export function packId(id: string): string {
  if (!isUuid(id)) return id;
  const hex = id.replaceAll('-', '');
  return String.fromCharCode(...Array.from({ length: BYTES }, (_, index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16)));
}

export function unpackId(packed: string): string {
  if (packed.length !== BYTES) return packed;
  const hex = Array.from(packed, (character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
