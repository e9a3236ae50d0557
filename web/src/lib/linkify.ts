/**
 * Finds web addresses in plain text. Nothing but http and https becomes a link; the text itself is never changed.
 * Invariant: time grows with the text alone, whatever it is made of: each sign is read a fixed number of times.
 */

export type TextPart = { kind: 'text'; text: string } | { kind: 'link'; text: string; href: string };

/** More addresses than this in one text stay text: each is an element on the page. */
export const LINKS_MAX = 100;
/** A longer address stays text: nobody reads it, and browsers and servers stop about there. */
export const ADDRESS_CHARACTERS_MAX = 2_048;
/** A domain name has at most 253 characters (RFC 1035); reading one that is not ASCII costs the square of its length. */
const HOST_CHARACTERS_MAX = 253;

const CANDIDATE = /(?<![\p{L}\p{N}_@/.-])(?:https?:\/\/|www\.)[^\s<>"`]+/giu;
const SCHEME = /^(?:https?:\/\/|(?=www\.))/iu;
const AFTER_HOST = /[/?#\\]/u;

export function linkify(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  let links = 0;
  for (const { 0: candidate, index } of text.matchAll(CANDIDATE)) {
    if (links === LINKS_MAX) break;
    const shown = candidate.slice(
      0,
      addressEnd(candidate.length, (at) => candidate[at]!),
    );
    const href = hrefOf(shown);
    if (href === null) continue;
    if (index > end) parts.push({ kind: 'text', text: text.slice(end, index) });
    parts.push({ kind: 'link', text: shown, href });
    links++;
    end = index + shown.length;
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

/**
 * Where an address ends: punctuation after it belongs to the sentence, and so does a bracket that was opened before it.
 * @param signAt read at most twice for each sign
 */
export function addressEnd(length: number, signAt: (index: number) => string): number {
  /** How many more of each bracket are closed than opened. */
  const surplus = new Map<string, number>();
  for (let index = 0; index < length; index++) {
    const sign = signAt(index);
    const closing = CLOSING[sign] ?? sign;
    if (closing in OPENING) surplus.set(closing, (surplus.get(closing) ?? 0) + (sign === closing ? 1 : -1));
  }
  for (let end = length; end > 0; end--) {
    const last = signAt(end - 1);
    const more = surplus.get(last) ?? 0;
    if (!TAIL.includes(last) && more <= 0) return end;
    surplus.set(last, more - 1);
  }
  return 0;
}

const TAIL = `.,;:!?'*_~…’”»`;
const OPENING: Record<string, string> = { ')': '(', ']': '[', '}': '{' };
const CLOSING: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

function hrefOf(shown: string): string | null {
  if (shown.length > ADDRESS_CHARACTERS_MAX) return null;
  const rest = shown.replace(SCHEME, '');
  const host = rest.search(AFTER_HOST);
  if ((host < 0 ? rest.length : host) > HOST_CHARACTERS_MAX) return null;
  const address = rest === shown ? `https://${shown}` : shown;
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  // `https://bank.example@evil.example` shows one host and opens another.
  if (url.username !== '' || url.password !== '') return null;
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  return isWeb && /[^.]\.[^.]|^localhost$|^\[/u.test(url.hostname) ? url.href : null;
}
