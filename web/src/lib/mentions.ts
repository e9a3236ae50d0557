/**
 * Who is mentioned in what is typed. A mention is `@` and what somebody is called, as it stands in the
 * text; which people are meant goes along as ids, so that a later change of a name changes no mention.
 */
import type { PublicProfile } from '../../../protocol/accounts.ts';
import { MENTIONS_MAX } from '../../../protocol/limits.ts';

export type Mentionable = Pick<PublicProfile, 'user_id' | 'name' | 'username'>;

/** What is being typed after an `@`, and where that stands. */
export interface MentionQuery {
  at: number;
  text: string;
}

export type MentionPart = { kind: 'text'; text: string } | { kind: 'mention'; text: string; userIds: string[] };

const OFFERED = 6;
/** More mentions than this in one text are not marked: each is an element on the page. */
export const MARKED_MAX = 100;
/** After so many `@` nobody is looked for any more: each costs a look for every length that a name here has. */
export const SIGNS_MAX = 1_000;
/** Scripts that put no space between words: there a mention may stand in the middle of them. */
const UNSPACED = String.raw`[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]`;
const WORD = String.raw`[[\p{L}\p{N}\p{M}_]--${UNSPACED}]`;
/** Not the `@` of an address, nor one inside a word. */
const SIGN = new RegExp(String.raw`(?<!${WORD}|[.@\/\-])@`, 'gv');
const BEFORE_CARET = new RegExp(String.raw`(?<!${WORD}|[.@\/\-])@([\p{L}\p{N}\p{M}_.\-]*)$`, 'v');
const GOES_ON = new RegExp(`^${WORD}`, 'v');

/** Null: no mention is being typed at the caret. */
export function queryAt(text: string, caret: number): MentionQuery | null {
  const typed = BEFORE_CARET.exec(text.slice(0, caret))?.[1];
  return typed === undefined ? null : { at: caret - typed.length - 1, text: typed };
}

/** Those whose name, a later part of it, or user name begins so; the ones named so from the start come first. */
export function matching<T extends Mentionable>(query: string, people: readonly T[]): T[] {
  const wanted = fold(query);
  const rank = ({ name, username }: T): number => {
    if (fold(name).startsWith(wanted)) return 0;
    const isLater = fold(name)
      .split(/\s+/u)
      .some((word) => word.startsWith(wanted));
    return isLater || fold(username ?? '').startsWith(wanted) ? 1 : 2;
  };
  return people
    .map((person) => ({ person, rank: rank(person) }))
    .filter((one) => one.rank < 2)
    .toSorted((one, other) => one.rank - other.rank || one.person.name.localeCompare(other.person.name))
    .slice(0, OFFERED)
    .map(({ person }) => person);
}

/** The text with the person in place of what was typed, and where the caret goes. */
export function complete(text: string, { at, text: typed }: MentionQuery, person: Mentionable, people: readonly Mentionable[]) {
  const inserted = `@${labelOf(person, people)} `;
  const rest = text.slice(at + 1 + typed.length);
  return { text: text.slice(0, at) + inserted + (rest.startsWith(' ') ? rest.slice(1) : rest), caret: at + inserted.length };
}

/** The ids of those who are mentioned, in the order of the text. Of two with the same name both are. */
export function mentionedIn(text: string, people: readonly Mentionable[]): string[] {
  const ids = new Set(placesOf(text, people).flatMap(({ userIds }) => userIds));
  return [...ids].slice(0, MENTIONS_MAX);
}

/** Those of them who are still there: one who has left cannot be mentioned. */
export const mentionsOf = (members: readonly { user_id: string }[], mentions: readonly string[]): string[] =>
  mentions.filter((id) => members.some(({ user_id }) => user_id === id));

/** How much may still be marked in a text that is marked piece by piece. */
export interface Budget {
  marks: number;
  signs: number;
}
export const fullBudget = (): Budget => ({ marks: MARKED_MAX, signs: SIGNS_MAX });

/** @param mentioned who was meant when it was sent */
export function markMentions(text: string, mentioned: readonly Mentionable[], budget: Budget = fullBudget()): MentionPart[] {
  const parts: MentionPart[] = [];
  let end = 0;
  for (const place of placesOf(text, mentioned, budget)) {
    if (place.start > end) parts.push({ kind: 'text', text: text.slice(end, place.start) });
    end = place.end;
    parts.push({ kind: 'mention', text: text.slice(place.start, end), userIds: place.userIds });
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

/** The name, unless another one here is called the same in one way or the other: then the user name says who is meant. */
function labelOf({ name, username, user_id }: Mentionable, people: readonly Mentionable[]): string {
  const others = people.filter((other) => other.user_id !== user_id);
  const isOwn = (label: string): boolean =>
    label !== '' && others.every((other) => fold(other.name) !== fold(label) && fold(other.username ?? '') !== fold(label));
  return [name, username ?? ''].find(isOwn) ?? (name || (username ?? ''));
}

interface Label {
  folded: string;
  /** In the text as it was written: folding may change it. */
  length: number;
  userIds: string[];
}

/** What each may be called by, by its length, the longest first: `@Ann Lee` is not Ann. */
function labelsOf(people: readonly Mentionable[]): [length: number, labels: ReadonlyMap<string, Label>][] {
  const labels = new Map<string, Label>();
  for (const { user_id, name, username } of people) {
    for (const written of [name, username ?? '']) {
      const folded = fold(written);
      const label = labels.get(folded) ?? { folded, length: written.length, userIds: [] };
      if (written !== '' && !label.userIds.includes(user_id)) labels.set(folded, { ...label, userIds: [...label.userIds, user_id] });
    }
  }
  return [...Map.groupBy(labels.values(), ({ length }) => length)]
    .map(([length, some]): [number, ReadonlyMap<string, Label>] => [length, new Map(some.map((label) => [label.folded, label]))])
    .toSorted(([one], [other]) => other - one);
}

function placesOf(
  text: string,
  people: readonly Mentionable[],
  budget: Budget = fullBudget(),
): { start: number; end: number; userIds: string[] }[] {
  const labels = labelsOf(people);
  const places: { start: number; end: number; userIds: string[] }[] = [];
  for (const { index: start } of text.matchAll(SIGN)) {
    // A name may have an `@` in it.
    if (start < (places.at(-1)?.end ?? 0)) continue;
    if (budget.marks === 0 || budget.signs-- <= 0) break;
    const after = start + 1;
    for (const [length, some] of labels) {
      const label = some.get(fold(text.slice(after, after + length)));
      // A character is two units at most.
      if (label === undefined || GOES_ON.test(text.slice(after + length, after + length + 2))) continue;
      places.push({ start, end: after + length, userIds: label.userIds });
      budget.marks--;
      break;
    }
  }
  return places;
}

const fold = (text: string): string => text.toLowerCase();
