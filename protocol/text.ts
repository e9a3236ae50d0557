/** Measures of text that both sides must agree on. */

const encoder = new TextEncoder();

/** Bytes of UTF-8. Short strings are not encoded to find out that they are short. */
export const byteLength = (text: string): number => encoder.encode(text).byteLength;

export const fitsBytes = (text: string, max: number): boolean => text.length * 3 <= max || (text.length <= max && byteLength(text) <= max);

/** False for lone surrogates, which have no UTF-8. */
export const isWellFormed = (text: string): boolean => text.isWellFormed();
