/** An answer of the client as a value: what was asked for, or why not. */
import { NatterError } from '@natter/client';
import { accept, refuse, type Outcome } from '../../../protocol/outcome.ts';

export async function asked<T>(answer: Promise<T>): Promise<Outcome<T>> {
  try {
    return accept(await answer);
  } catch (error) {
    if (error instanceof NatterError) return refuse(error.code, error.detail, error.retryAfter);
    throw error;
  }
}
