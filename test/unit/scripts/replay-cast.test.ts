/** Who speaks through which account. */
import { describe, expect, test } from 'vitest';
import { castOf, OTHERS, usernameOf } from '../../../scripts/replay/cast.ts';
import type { Line } from '../../../scripts/replay/day.ts';

const said = (...nicks: string[]): Line[] => nicks.map((from, line) => ({ line, atMs: 0, from, content: 'x', replyTo: null }));

describe('the cast of a day', () => {
  test('everybody has an account while there is room, the busiest first', () => {
    const cast = castOf(said('ada', 'bob', 'bob', 'cleo', 'bob', 'cleo'), 3);
    expect(cast.accounts).toEqual(['bob', 'cleo', 'ada']);
    expect(['ada', 'bob', 'cleo'].map(cast.accountOf)).toEqual(['ada', 'bob', 'cleo']);
  });

  test('with one too many, the least busy share the last account', () => {
    const cast = castOf(said('ada', 'bob', 'bob', 'cleo', 'cleo', 'dan'), 3);
    expect(cast.accounts).toEqual(['bob', 'cleo', OTHERS]);
    expect(['ada', 'bob', 'cleo', 'dan'].map(cast.accountOf)).toEqual([OTHERS, 'bob', 'cleo', OTHERS]);
    expect(cast.speakers).toBe(4);
  });

  test('182 people make a group of 100', () => {
    const nicks = Array.from({ length: 182 }, (_, index) => `nick${index}`);
    expect(castOf(said(...nicks), 100).accounts).toHaveLength(100);
  });

  test('one who talks alone has a listener', () => {
    expect(castOf(said('ada', 'ada'), 100).accounts).toEqual(['ada', OTHERS]);
  });

  test('user names hold only what is allowed, and differ where the nicks do', () => {
    const nicks = ['a-b', 'a_b', 'A_b', '|||', '[x]'.repeat(20), 'Zoë', OTHERS];
    const names = nicks.map((nick) => usernameOf(nick, 'abc123'));
    for (const name of names) expect(name).toMatch(/^[a-z0-9_]{3,30}$/);
    expect(new Set(names).size).toBe(nicks.length);
    expect(usernameOf('a-b', 'abc123')).toBe(names[0]);
  });
});
