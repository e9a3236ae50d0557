/** Waiting for a server that is away or asks us to wait, and doing a few things at a time. */
import { NatterError } from '@natter/client';
import { ERRORS } from '../../protocol/errors.ts';

/** A server that does not come back in this time does not come back. */
export const PATIENCE_MS = 300_000;
const PAUSE_MS = 1_000;

/** Told each time, with the seconds until the next try. */
export type OnWait = (error: NatterError, seconds: number) => void;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again as long as the answer is "later". Rejects with the last refusal. */
export async function patiently<T>(ask: () => Promise<T>, onWait: OnWait): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof NatterError) || ERRORS[error.code].retry !== 'later' || Date.now() > until) throw error;
      const waitMs = error.retryAfter === undefined ? PAUSE_MS : error.retryAfter * 1_000;
      onWait(error, waitMs / 1_000);
      await pause(waitMs);
    }
  }
}

/** Does it for each, so many at a time; the results stand in the order of the items. The first failure ends it. */
export async function eachOf<T, R>(items: readonly T[], atOnce: number, work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
