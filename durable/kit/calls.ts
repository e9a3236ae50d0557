/** Calls to other objects and databases: bounded in time, and an error that is worth a line in the log. */

/** Of a call to another object or to D1. */
export const CALL_TIMEOUT_MS = 10_000;

/** Rejects after `ms`; the timer is cleared, for a running timer keeps an object awake and billed. */
export async function withTimeout<T>(work: PromiseLike<T>, ms: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** One structured line, without content, tokens or addresses. */
export function logError(event: string, error: unknown, fields: Record<string, string | number> = {}): void {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  console.error(JSON.stringify({ level: 'error', event, message, ...fields }));
}

export function logInfo(event: string, fields: Record<string, string | number> = {}): void {
  console.log(JSON.stringify({ level: 'info', event, ...fields }));
}
