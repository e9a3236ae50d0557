/** Who was signed in here last, so that the app starts when the server does not answer. All tabs see the same. */
import type { OwnProfile } from '../../../protocol/accounts.ts';

export interface KnownProfile {
  get(): OwnProfile | null;
  set(me: OwnProfile | null): void;
}

const KEY = 'natter:me';

export const createKnownProfile = (storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null): KnownProfile => ({
  get() {
    const kept = storage?.getItem(KEY) ?? null;
    return kept === null ? null : (JSON.parse(kept) as OwnProfile);
  },
  set(me) {
    if (me === null) storage?.removeItem(KEY);
    else storage?.setItem(KEY, JSON.stringify(me));
  },
});
