import { describe, expect, test } from 'vitest';
import { linkify } from '../../../web/src/lib/linkify.ts';

const links = (text: string) => linkify(text).flatMap((part) => (part.kind === 'link' ? [part.href] : []));

describe('web addresses in a text', () => {
  test.each([
    ['see https://natter.example/a?b=1#c now', ['https://natter.example/a?b=1#c']],
    ['www.natter.example', ['https://www.natter.example/']],
    ['(https://natter.example/a)', ['https://natter.example/a']],
    ['https://natter.example/a_(b)', ['https://natter.example/a_(b)']],
    ['Really? https://natter.example.', ['https://natter.example/']],
    ['http://localhost:8787/c', ['http://localhost:8787/c']],
    ['https://a.example https://b.example', ['https://a.example/', 'https://b.example/']],
  ])('%s', (text, expected) => {
    expect(links(text)).toEqual(expected);
  });

  test.each([
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/html,<b>x</b>'],
    ['another scheme before it', 'javascript:/https://natter.example'],
    ['a name of a host with a password', 'https://bank.example@evil.example/'],
    ['no host', 'https://'],
    ['a host without a dot', 'https://router/'],
    ['a part of a longer word', 'nothttps://natter.example'],
  ])('not a link: %s', (_, text) => {
    expect(links(text)).toEqual([]);
  });

  test('the parts together are the text, whatever it is', () => {
    const text = 'a https://natter.example, <b>"quoted"</b>\nwww.natter.example/ö) end https://x@y.example';
    expect(
      linkify(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text);
  });
});
