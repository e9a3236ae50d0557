import { describe, expect, test } from 'vitest';
import { complete, markMentions, matching, mentionedIn, queryAt } from '../../../web/src/lib/mentions.ts';

const person = (user_id: string, name: string, username: string | null = null) => ({ user_id, name, username });
const ANN = person('1', 'Ann', 'ann');
const ANN_LEE = person('2', 'Ann Lee', 'ann_lee');
const BOB = person('3', 'Bob Stone', 'bobby');
const PEOPLE = [ANN, ANN_LEE, BOB];

describe('a mention that is being typed', () => {
  test.each<[string, { at: number; text: string } | null]>([
    ['@', { at: 0, text: '' }],
    ['hi @bo', { at: 3, text: 'bo' }],
    ['(@bo', { at: 1, text: 'bo' }],
    ['@Łuk', { at: 0, text: 'Łuk' }],
    ['a\n@b', { at: 2, text: 'b' }],
    ['ann@b', null],
    ['hi @bo and', null],
    ['hi', null],
  ])('%j', (text, query) => {
    expect(queryAt(text, text.length)).toEqual(query);
  });

  test('is the one at the caret', () => {
    expect(queryAt('@an and @bo', 3)).toEqual({ at: 0, text: 'an' });
  });

  test('offers who is called so, by the beginning of the name first', () => {
    expect(matching('', PEOPLE)).toEqual(PEOPLE);
    expect(matching('AN', PEOPLE)).toEqual([ANN, ANN_LEE]);
    expect(matching('l', [ANN_LEE, person('4', 'Lena')]).map(({ name }) => name)).toEqual(['Lena', 'Ann Lee']);
    expect(matching('bobb', PEOPLE)).toEqual([BOB]);
    expect(matching('tone', PEOPLE)).toEqual([]);
  });

  test('offers a few of many', () => {
    expect(
      matching(
        'a',
        Array.from({ length: 100 }, (_, index) => person(String(index), 'Ada')),
      ),
    ).toHaveLength(6);
  });

  test('gives way to the name, and what follows stays', () => {
    expect(complete('hi @bo and you', { at: 3, text: 'bo' }, BOB, PEOPLE)).toEqual({ text: 'hi @Bob Stone and you', caret: 14 });
    expect(complete('hi @bo', { at: 3, text: 'bo' }, BOB, PEOPLE)).toEqual({ text: 'hi @Bob Stone ', caret: 14 });
  });

  test('gives way to the user name where another one is called the same', () => {
    const other = person('4', 'bob stone', 'stone');
    expect(complete('@b', { at: 0, text: 'b' }, BOB, [...PEOPLE, other]).text).toBe('@bobby ');
    const ann = person('4', 'Ann', 'a_smith');
    expect(complete('@a', { at: 0, text: 'a' }, ann, [ann, person('5', 'Annette', 'ann')]).text).toBe('@a_smith ');
    expect(complete('@b', { at: 0, text: 'b' }, person('5', 'Ben'), [person('6', 'Ben')]).text).toBe('@Ben ');
  });
});

describe('who is mentioned', () => {
  test.each<[string, string[]]>([
    ['@Ann', ['1']],
    ['@ann, are you there?', ['1']],
    ['@Ann Lee', ['2']],
    ['@ann_lee', ['2']],
    ['@Ann Leeds', ['1']],
    ['@BOB STONE and @Ann and @bobby', ['3', '1']],
    ['"@Ann"', ['1']],
    ['write to me@ann', []],
    ['https://natter.example/@ann', []],
    ['@Anna', []],
    ['Ann', []],
    ['@', []],
  ])('%j', (text, ids) => {
    expect(mentionedIn(text, PEOPLE)).toEqual(ids);
  });

  test('where words have no spaces, in the middle of them', () => {
    const tanaka = person('4', '田中');
    expect(queryAt('你好@田', 4)).toEqual({ at: 2, text: '田' });
    expect([mentionedIn('@田中さん', [tanaka]), mentionedIn('你好@田中', [tanaka])]).toEqual([['4'], ['4']]);
  });

  test('both of two with the same name', () => {
    expect(mentionedIn('@ann', [ANN, person('4', 'Ann')])).toEqual(['1', '4']);
  });

  test('a name whose small letters are longer, and one without a name', () => {
    expect(mentionedIn('İ @İpek and @Ann', [person('4', 'İpek'), ANN, person('5', '')])).toEqual(['4', '1']);
  });

  test('fifty of more', () => {
    const many = Array.from({ length: 60 }, (_, index) => person(String(index), `p${index}`));
    expect(mentionedIn(many.map(({ name }) => `@${name}`).join(' '), many)).toHaveLength(50);
  });
});

describe('a text that was sent', () => {
  test('is whole again when its parts are put together', () => {
    const text = 'so @Ann Lee, ask @bobby or @Ann!';
    const parts = markMentions(text, [ANN_LEE, BOB]);
    expect(parts.map((part) => part.text).join('')).toBe(text);
    expect(parts.flatMap((part) => (part.kind === 'mention' ? [[part.text, part.userIds]] : []))).toEqual([
      ['@Ann Lee', ['2']],
      ['@bobby', ['3']],
    ]);
  });

  test('is whole again also when a name has a mention in it', () => {
    const odd = person('4', 'Ann @bobby now');
    expect(markMentions('hi @Ann @bobby now please', [odd, BOB]).map(({ text }) => text)).toEqual(['hi ', '@Ann @bobby now', ' please']);
    expect(mentionedIn('@Ann @bobby now', [odd, BOB])).toEqual(['4']);
  });

  test('without anybody it is one part, and an empty one is none', () => {
    expect(markMentions('@Ann', [])).toEqual([{ kind: 'text', text: '@Ann' }]);
    expect(markMentions('', PEOPLE)).toEqual([]);
  });
});
