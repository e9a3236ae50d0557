/** Changes of one's own lists: whether or not an object that failed has kept it, repeating is harmless. */
import { refuse, type Outcome } from '../../protocol/outcome.ts';
import type { AppContext } from '../http/context.ts';
import { logEvent } from '../http/log.ts';

export async function changeOf(c: AppContext, change: Promise<Outcome<null>>): Promise<Outcome<null>> {
  try {
    return await change;
  } catch (error) {
    logEvent('warn', 'own_list_failed', { request_id: c.get('requestId'), error: String(error) });
    return refuse('unavailable', 'This could not be done. Try again.', { retry_after: 2 });
  }
}
