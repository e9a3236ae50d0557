/** Identifiers, against the examples of RFC 9562. */
import { describe, expect, it } from 'vitest';
import { directConversationId, isUuid, uuidv5, uuidv7 } from '../../../protocol/ids.ts';

describe('uuidv5', () => {
  it('is that of RFC 9562, appendix A.4', async () => {
    expect(await uuidv5('www.example.com', '6ba7b810-9dad-11d1-80b4-00c04fd430c8')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });

  it('gives two users one conversation, whichever asks, and other pairs another', async () => {
    const [ann, bob, cy] = ['a', 'b', 'c'].map((letter) => `${letter.repeat(8)}-0000-4000-8000-000000000000`) as [string, string, string];
    const ids = await Promise.all([directConversationId(ann, bob), directConversationId(bob, ann), directConversationId(ann, cy)]);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(ids.every(isUuid)).toBe(true);
  });
});

describe('uuidv7', () => {
  it('is that of RFC 9562, appendix A.6', () => {
    const random = Uint8Array.from([0, 0, 0, 0, 0, 0, 0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
    expect(uuidv7(1_645_557_742_000, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  });

  it('sorts by time, across every byte that carries over', () => {
    const times = [0, 1, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 1_800_000_000_000, 2 ** 48 - 1];
    const ids = times.map((now) => uuidv7(now));
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(times.length);
  });

  it('leaves the caller’s bytes alone, and two of the same moment differ', () => {
    const random = new Uint8Array(16).fill(255);
    uuidv7(0, random);
    expect(random).toEqual(new Uint8Array(16).fill(255));
    expect(uuidv7(1)).not.toBe(uuidv7(1));
  });
});

describe('isUuid', () => {
  it.each([
    '',
    'x',
    'AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA',
    '017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n',
    ' 017f22e2-79b0-7cc3-98c4-dc0c0c07398f',
    7,
    null,
  ])('refuses %j', (value) => expect(isUuid(value)).toBe(false));
});
