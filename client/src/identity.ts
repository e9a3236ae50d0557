/**
 * Whose client this is: given, or asked once and kept with the local copy. Every request and every connection is
 * named after that user, so that a credential that has become another's (one cookie serves all tabs) does nothing here.
 * Only a 401 means that nobody is signed in: any other answer but a profile leaves it at the user known last.
 */
import type { Refusal } from '../../protocol/errors.ts';
import type { OwnProfile } from '../../protocol/accounts.ts';
import { NatterError } from './error.ts';
import type { Request } from './http.ts';
import { once } from './once.ts';
import type { ClientStorage } from './storage.ts';

/** The header that names the user whom a request is meant for. */
export const USER_HEADER = 'natter-user';

export const OTHER_USER: Refusal = { code: 'conflict', reason: 'other_user', detail: 'Another user is signed in.' };

/** @param ask names no user: it asks who that is */
export function createIdentity(given: string | undefined, ask: Request, storage: Pick<ClientStorage, 'value' | 'setValue'>) {
  return once(async (): Promise<string> => {
    if (given !== undefined) return given;
    const known = await answered(ask);
    if (known === null) {
      const last = await storage.value('user_id').catch(() => null);
      if (last === null) throw new NatterError({ code: 'unavailable', detail: 'The server did not say who is signed in.' });
      return last;
    }
    // A device that can keep nothing has it in memory, for as long as this runs.
    await storage.setValue('user_id', known).catch(() => {});
    return known;
  });
}

/** Null: no answer, or not the server's: a proxy, a portal, half a body. */
async function answered(ask: Request): Promise<string | null> {
  try {
    const me = await ask<Partial<OwnProfile> | null | undefined>('GET', '/v1/me');
    return typeof me?.user_id === 'string' && me.user_id !== '' ? me.user_id : null;
  } catch (error) {
    if (error instanceof NatterError && error.code === 'unauthenticated') throw error;
    return null;
  }
}
