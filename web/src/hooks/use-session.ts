/** The signed-in user's things, for everything below the session gate. */
import { createContext, use } from 'react';
import { look } from '../session/directory.ts';
import type { Session } from '../session/session.ts';
import type { SignedIn } from '../session/signed-in.ts';
import { nameOf, type Known, type NameOf } from '../lib/people.ts';
import { useObservable } from './use-observable.ts';

export const SessionContext = createContext<Session | null>(null);
export const SignedInContext = createContext<SignedIn | null>(null);

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error('used outside of the session');
  return session;
}

export function useSignedIn(): SignedIn {
  const signedIn = use(SignedInContext);
  if (signedIn === null) throw new Error('used while nobody is signed in');
  return signedIn;
}

/** What is known of people; asking for them is `people.want`. */
export function usePeople(): { known: (id: string) => Known; name: NameOf } {
  const { people } = useSignedIn();
  const map = useObservable(people.known);
  return { known: (id) => look(map, id), name: (id) => nameOf(look(map, id)) };
}
