/** How names are compared: compatibility forms and case folded away. Pure. */

export const foldName = (name: string): string => name.normalize('NFKC').toLowerCase();

/** Above every string that begins with the prefix: no character stands behind U+10FFFF, in UTF-8 neither. */
export const endOfPrefix = (prefix: string): string => `${prefix}\u{10FFFF}`;
