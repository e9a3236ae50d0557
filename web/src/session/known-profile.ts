/** Who was signed in here last, so that the app starts when the server does not answer. All tabs see the same. */
import type { OwnProfile } from '../../../protocol/accounts.ts';
import { ownProfileIn } from '../lib/own-profile.ts';
import type { SmallStorage } from './browser-storage.ts';

export interface KnownProfile {
  get(): OwnProfile | null;
  set(me: OwnProfile | null): void;
}

const KEY = 'natter:me';

export const createKnownProfile = (storage: SmallStorage): KnownProfile => ({
  get: () => ownProfileIn(storage.getItem(KEY)),
  set(me) {
    if (me === null) storage.removeItem(KEY);
    else storage.setItem(KEY, JSON.stringify(me));
  },
});
