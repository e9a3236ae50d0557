/** Opaque cursors: a few strings that say where a page ended. A made-up one is undefined, never an error. */

export const encodeCursor = (parts: readonly string[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

export function decodeCursor(cursor: string, length: number): string[] | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const valid = Array.isArray(parts) && parts.length === length && parts.every((part) => typeof part === 'string');
    return valid ? parts : undefined;
  } catch {
    return undefined;
  }
}
