import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from '../../../src/http/cursor.ts';

describe('cursors', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 }), (parts) => {
        expect(decodeCursor(encodeCursor(parts), parts.length)).toEqual(parts);
      }),
    );
  });

  it('of another kind are undefined, never an error', () => {
    expect(decodeCursor(encodeCursor(['one']), 2)).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parts = decodeCursor(text, 2);
        expect(parts === undefined || parts.length === 2).toBe(true);
      }),
    );
  });
});
