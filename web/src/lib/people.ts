/** How people are called and coloured, from what is known of them so far. */
import type { PublicProfile } from '../../../protocol/accounts.ts';

/** `undefined`: not known yet; `null`: looked up and not there. */
export type Known = PublicProfile | null | undefined;
export type NameOf = (userId: string) => string;

export function nameOf(known: Known): string {
  if (known === undefined) return '…';
  return known === null ? 'Someone who left' : known.name || known.username || 'Unnamed';
}

export const firstNameOf = (name: string): string => name.split(/\s+/u)[0] || name;

/** At most two letters, whole characters only. */
export function initialsOf(name: string): string {
  // From its first letter or digit on: nobody's initial is a bracket.
  const words = name.split(/\s+/u).flatMap((word) => /[\p{L}\p{N}].*/u.exec(word) ?? []);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => (word ? firstCharacter(word) : ''));
  return letters.join('').toUpperCase() || '?';
}

/** Degrees on the colour wheel, the same for the same id everywhere. */
export function hueOf(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.charCodeAt(0)) % 3_600;
  return (hash * 7) % 360;
}

/** `Ann`, `Ann and Bob`, `Ann, Bob and 3 others`. */
export function listNames(names: readonly string[], shown = 2): string {
  if (names.length <= 1) return names[0] ?? '';
  if (names.length <= shown) return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  const rest = names.length - shown;
  return `${names.slice(0, shown).join(', ')} and ${rest} ${rest === 1 ? 'other' : 'others'}`;
}

/** What a conversation is called by `ownId`; undefined while a name is still being looked up. */
export function titleOf(
  row: { kind: 'direct' | 'group'; title: string | null; members?: readonly string[] | undefined },
  ownId: string,
  known: (userId: string) => Known,
): string | undefined {
  if (row.kind === 'group') return row.title ?? 'Unnamed group';
  const other = otherOf(row.members ?? [], ownId);
  const person = other === undefined ? null : known(other);
  return person === undefined ? undefined : nameOf(person);
}

/** How many are in a group. */
export const membersLine = (count: number): string => `${count} ${count === 1 ? 'member' : 'members'}`;

export const otherOf = (members: readonly string[], ownId: string): string | undefined => members.find((id) => id !== ownId);

function firstCharacter(word: string): string {
  const segment = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(word)[Symbol.iterator]().next();
  return segment.done ? '' : segment.value.segment;
}
