/** Measures of text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteLength, fitsBytes, isWellFormed } from '../../../protocol/text.ts';

describe('fitsBytes', () => {
  it('agrees with the encoder, whatever the text and the limit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'é', '€', '👍', '\ud83d'), { maxLength: 40 }).map((parts) => parts.join('')),
        fc.integer({ min: 0, max: 130 }),
        (text, max) => {
          expect(fitsBytes(text, max)).toBe(new TextEncoder().encode(text).byteLength <= max);
        },
      ),
    );
  });

  it.each([
    ['a', 1],
    ['é', 2],
    ['€', 3],
    ['👍', 4],
  ])('%s has %i bytes', (text, bytes) => {
    expect(byteLength(text)).toBe(bytes);
    expect(fitsBytes(text, bytes)).toBe(true);
    expect(fitsBytes(text, bytes - 1)).toBe(false);
  });
});

describe('isWellFormed', () => {
  it.each([
    ['👍', true],
    ['', true],
    ['\u0000', true],
    ['\ud83d', false],
    ['a\udc4d', false],
  ])('%j: %s', (text, expected) => expect(isWellFormed(text)).toBe(expected));
});
