/** The session as this page has it: wires it to the browser and the server. Decides nothing. */
import { ownProfile, signOut } from './accounts.ts';
import { browserStorage } from './browser-storage.ts';
import { dropCopies, forgetUser } from './copies.ts';
import { createKnownProfile } from './known-profile.ts';
import { createSession, type Session } from './session.ts';
import { openAs } from './signed-in.ts';
import { browserTabs } from './tabs.ts';

export function browserSession(): Session {
  const storage = browserStorage();
  return createSession({
    ask: ownProfile,
    signOut,
    open: (me) => openAs(me, storage),
    known: createKnownProfile(storage),
    tabs: browserTabs(),
    dropCopies,
    forgetUser,
    setTimer(callback, delayMs) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    random: Math.random,
  });
}
