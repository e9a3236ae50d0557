/** Finds web addresses in plain text. Nothing but http and https becomes a link; the text itself is never changed. */

export type TextPart = { kind: 'text'; text: string } | { kind: 'link'; text: string; href: string };

const CANDIDATE = /(?<![\p{L}\p{N}_@/.-])(?:https?:\/\/|www\.)[^\s<>"`]+/giu;

export function linkify(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const shown = withoutTail(match[0]);
    const href = hrefOf(shown);
    if (href === null) continue;
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) });
    parts.push({ kind: 'link', text: shown, href });
    end = match.index + shown.length;
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

/** Punctuation after an address belongs to the sentence, and so does a bracket that was opened before it. */
function withoutTail(address: string): string {
  let shown = address;
  for (;;) {
    const last = shown.at(-1) ?? '';
    const opening = OPENING[last];
    const isTail = opening === undefined ? TAIL.includes(last) : count(shown, last) > count(shown, opening);
    if (last === '' || !isTail) return shown;
    shown = shown.slice(0, -1);
  }
}

const TAIL = `.,;:!?'*_~…’”»`;
const OPENING: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

const count = (text: string, sign: string): number => text.split(sign).length - 1;

function hrefOf(shown: string): string | null {
  const address = /^www\./iu.test(shown) ? `https://${shown}` : shown;
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  // `https://bank.example@evil.example` shows one host and opens another.
  if (url.username !== '' || url.password !== '') return null;
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  return isWeb && /[^.]\.[^.]|^localhost$|^\[/u.test(url.hostname) ? url.href : null;
}
