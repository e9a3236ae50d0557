/** An answer of the client as a value: what was asked for, or why not. */
import { NatterError } from '@natter/client';
import { accept, refuse, type Outcome } from '../../../protocol/outcome.ts';
import { unreachedLine } from '../lib/refusals.ts';

export async function asked<T>(answer: Promise<T>): Promise<Outcome<T>> {
  try {
    return accept(await answer);
  } catch (error) {
    if (!(error instanceof NatterError)) throw error;
    // What a browser says of a request that did not get through is for programmers.
    const detail = error.code === 'unavailable' ? unreachedLine(navigator.onLine) : error.detail;
    return refuse(error.code, detail, {
      ...(error.reason !== undefined && { reason: error.reason }),
      ...(error.retryAfter !== undefined && { retry_after: error.retryAfter }),
    });
  }
}
