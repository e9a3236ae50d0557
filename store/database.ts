/**
 * D1 as the rest sees it: it answers within two seconds, or it throws `DatabaseUnavailable`.
 * Reads are tried again on errors that pass; a write is never repeated here, since only its
 * caller knows whether that is harmless: one that took too long may still be carried out.
 * Errors of ours (bad SQL, a constraint) pass through.
 */

export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable';
}

/** Whoever waits for D1 waits this long at most, repeats included. */
export const DATABASE_DEADLINE_MS = 2_000;

export function read<T>(query: () => Promise<T>): Promise<T> {
  return inTime(async (isLate) => {
    for (const pauseMs of PAUSES_MS) {
      try {
        return await query();
      } catch (error) {
        if (isOurs(error) || isLate()) throw error;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
    return query();
  });
}

export const write = <T>(query: () => Promise<T>): Promise<T> => inTime(query);

/** The statement is at fault, not the database: it would fail again. */
export const isOurs = (error: unknown): boolean => /SQLITE_(ERROR|CONSTRAINT|MISMATCH|RANGE|TOOBIG)|D1_TYPE_ERROR/.test(messageOf(error));

async function inTime<T>(work: (isLate: () => boolean) => Promise<T>): Promise<T> {
  let late = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      late = true;
      reject(new Error(`no answer within ${DATABASE_DEADLINE_MS} ms`));
    }, DATABASE_DEADLINE_MS);
  });
  try {
    return await Promise.race([work(() => late), deadline]);
  } catch (error) {
    if (isOurs(error)) throw error;
    throw new DatabaseUnavailable(messageOf(error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Two more tries: https://developers.cloudflare.com/d1/best-practices/retry-queries/ */
const PAUSES_MS = [20, 80];

const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}` : String(error);
