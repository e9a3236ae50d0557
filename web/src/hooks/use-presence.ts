/** Somebody's presence, watched for as long as it is shown: who is not on the screen is not asked about. */
import type { Observable, PresenceView } from '@natter/client';
import { useObservable } from './use-observable.ts';
import { useSignedIn } from './use-session.ts';

export function usePresence(userId: string | undefined): PresenceView | null {
  const { client } = useSignedIn();
  return useObservable(userId === undefined ? NOBODY : client.presence(userId));
}

const NOBODY: Observable<null> = { get: () => null, subscribe: () => () => undefined };
