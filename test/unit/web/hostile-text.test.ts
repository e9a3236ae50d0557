/** [E10] What a message may cost to draw: work that grows with its length alone, and a bounded number of elements. Counted, not timed. */
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { CONTENT_BYTES_MAX } from '../../../protocol/limits.ts';
import { ADDRESS_CHARACTERS_MAX, addressEnd, linkify, LINKS_MAX } from '../../../web/src/lib/linkify.ts';
import { fullBudget, markMentions, MARKED_MAX, mentionedIn, SIGNS_MAX, type Mentionable } from '../../../web/src/lib/mentions.ts';
import { partsOf } from '../../../web/src/lib/message-parts.ts';

const filled = (head: string, again: string, length = CONTENT_BYTES_MAX): string => (head + again.repeat(length)).slice(0, length);

const HOSTILE: [string, string][] = [
  ['brackets that nobody opened', filled('https://a.bc/', ')')],
  ['brackets of every kind', filled('https://a.bc/', ')]}')],
  ['brackets opened and closed', filled('https://a.bc/', '()')],
  ['brackets opened first', `https://a.bc/${'('.repeat(8_000)}${')'.repeat(8_300)}`],
  ['punctuation', filled('https://a.bc/', '.')],
  ['punctuation and brackets in turn', filled('https://a.bc/', '.)')],
  ['beginnings of addresses', filled('', 'https://')],
  ['beginnings of addresses, apart', filled('', 'http:// ')],
  ['thousands of addresses', filled('', 'www.a.b ')],
  ['one long host', filled('https://', 'a')],
  ['a host of signs from everywhere', `https://${Array.from({ length: 5_000 }, (_, at) => String.fromCodePoint(0x4e00 + at)).join('')}`],
  ['signs', filled('', '@')],
  ['signs apart', filled('', '@ ')],
  ['a mention again and again', filled('', '@Ann ')],
  ['addresses and mentions in turn', filled('', '@Ann www.a.b ')],
  ['almost a mention', filled('', '@An ')],
  ['lines', filled('', '\n')],
  ['marks upon a letter', filled('a', '\u0301')],
];

/** As many as can be mentioned, each name of another length, all beginning alike. */
const CROWD: Mentionable[] = Array.from({ length: 50 }, (_, at) => ({
  user_id: `user-${at}`,
  name: `A${'n'.repeat(at + 1)}`,
  username: `a${'n'.repeat(at)}_`,
}));

afterEach(() => void vi.restoreAllMocks());

describe('[E10] where an address ends', () => {
  const reads = (text: string): number => {
    let count = 0;
    addressEnd(text.length, (at) => (count++, text[at]!));
    return count;
  };

  test.each(HOSTILE)('%s: no sign is read more than twice', (_, text) => {
    expect(reads(text)).toBeLessThanOrEqual(2 * text.length);
    expect(reads(text + text)).toBeLessThanOrEqual(4 * text.length);
  });

  test('it is where it was when the whole was counted for each sign', () => {
    const signs = fc.constantFrom('a', '/', '(', ')', '[', ']', '{', '}', '.', ',', '!', '…', '»', 'ö');
    fc.assert(
      fc.property(fc.array(signs, { maxLength: 40 }), (some) => {
        const text = `https://a.bc/${some.join('')}`;
        expect(
          text.slice(
            0,
            addressEnd(text.length, (at) => text[at]!),
          ),
        ).toBe(withoutTail(text));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('[E10] a text in parts', () => {
  test.each(HOSTILE)('%s: bounded, whole, and no sign is parsed more than twice', (_, text) => {
    let parsed = 0;
    const canParse = URL.canParse.bind(URL);
    vi.spyOn(URL, 'canParse').mockImplementation((url) => {
      parsed += String(url).length;
      return canParse(url);
    });
    const parts = partsOf(text, CROWD);
    expect(parts.map((part) => part.text).join('')).toBe(text);
    expect(parts.length).toBeLessThanOrEqual(2 * (LINKS_MAX + MARKED_MAX) + 1);
    // Eight signs of a scheme are put before `www.`.
    expect(parsed).toBeLessThanOrEqual(3 * text.length);
  });

  test('thousands of addresses and mentions are so many elements and no more', () => {
    const count = (text: string) =>
      Object.fromEntries([...Map.groupBy(partsOf(text, CROWD), ({ kind }) => kind)].map(([kind, some]) => [kind, some.length]));
    expect(count(filled('', 'www.a.b '))).toEqual({ link: LINKS_MAX, text: LINKS_MAX });
    expect(count(filled('', '@Ann '))).toEqual({ mention: MARKED_MAX, text: MARKED_MAX });
    expect(count(filled('', '@Ann www.a.b ')).mention).toBe(MARKED_MAX);
  });

  test('an address that nobody could read stays text', () => {
    const longest = filled('https://a.bc/', 'a', ADDRESS_CHARACTERS_MAX);
    expect([linkify(longest), linkify(`${longest}a`)].map(([part]) => part?.kind)).toEqual(['link', 'text']);
    const host = (length: number) => `https://${filled('', 'abc.', length - 4)}.com/`;
    expect([linkify(host(253)), linkify(host(254))].map(([part]) => part?.kind)).toEqual(['link', 'text']);
  });

  test('whatever it is made of, the parts together are the text, and their number is bounded', () => {
    const tokens = fc.constantFrom(
      ...[
        'https://',
        'http://',
        'www.',
        'a.bc/',
        '(',
        ')',
        '[',
        ']',
        '{',
        '}',
        '.',
        '@',
        '@Ann',
        '@Ann Lee',
        ' ',
        '\n',
        'ö',
        '漢',
        '👍',
        '<',
        '"',
        '\\',
        '#',
        '?',
      ],
    );
    fc.assert(
      fc.property(fc.array(tokens, { maxLength: 60 }), fc.integer({ min: 1, max: 200 }), (some, times) => {
        const text = some.join('').repeat(times).slice(0, CONTENT_BYTES_MAX);
        const parts = partsOf(text, CROWD);
        expect(parts.map((part) => part.text).join('')).toBe(text);
        expect(parts.length).toBeLessThanOrEqual(2 * (LINKS_MAX + MARKED_MAX) + 1);
      }),
      { numRuns: 300 },
    );
  });
});

describe('[E10] a text full of signs', () => {
  /** How often a name is looked for. */
  const looks = (text: string, people: readonly Mentionable[]): number => {
    const spy = vi.spyOn(Map.prototype, 'get');
    markMentions(text, people);
    const { length } = spy.mock.calls.filter(([key]) => typeof key === 'string' && !key.startsWith('user-'));
    spy.mockRestore();
    return length;
  };

  test('for each of the first thousand a look for every length of a name, then none', () => {
    const lengths = new Set(CROWD.flatMap(({ name, username }) => [name.length, username!.length])).size;
    const upTo = looks(filled('', '@ ', 2 * SIGNS_MAX), CROWD);
    expect(upTo).toBeLessThanOrEqual(SIGNS_MAX * lengths + 2 * CROWD.length);
    expect(looks(filled('', '@ '), CROWD)).toBe(upTo);
  });

  test('what is typed names those whom it mentions, as before', () => {
    const text = `${'@An '.repeat(3)}@Ann @annn_ and @Annnn.`;
    expect(mentionedIn(text, CROWD)).toEqual(['user-0', 'user-1', 'user-3']);
    expect(markMentions('@Ann', CROWD, { ...fullBudget(), signs: 0 })).toEqual([{ kind: 'text', text: '@Ann' }]);
  });
});

/** How it was found once: it counts the whole again for each sign. */
function withoutTail(address: string): string {
  const opening: Record<string, string> = { ')': '(', ']': '[', '}': '{' };
  const count = (text: string, sign: string): number => text.split(sign).length - 1;
  let shown = address;
  for (;;) {
    const last = shown.at(-1) ?? '';
    const other = opening[last];
    const isTail = other === undefined ? `.,;:!?'*_~…’”»`.includes(last) : count(shown, last) > count(shown, other);
    if (last === '' || !isTail) return shown;
    shown = shown.slice(0, -1);
  }
}
