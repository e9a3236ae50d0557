/**
 * D1 as the rest sees it: it answers, or it throws `DatabaseUnavailable`.
 * Reads are tried again on errors that pass; a write is never repeated here, since only its
 * caller knows whether that is harmless. Errors of ours (bad SQL, a constraint) pass through.
 */

export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable';
}

export async function read<T>(query: () => Promise<T>): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await query();
    } catch (error) {
      if (isOurs(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
  return write(query);
}

export async function write<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    if (isOurs(error)) throw error;
    throw new DatabaseUnavailable(messageOf(error), { cause: error });
  }
}

/** The statement is at fault, not the database: it would fail again. */
export const isOurs = (error: unknown): boolean => /SQLITE_(ERROR|CONSTRAINT|MISMATCH|RANGE|TOOBIG)|D1_TYPE_ERROR/.test(messageOf(error));

/** Two more tries: https://developers.cloudflare.com/d1/best-practices/retry-queries/ */
const PAUSES_MS = [20, 80];

const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}` : String(error);
