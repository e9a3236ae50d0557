/** Whether this tab has the inbox, as state; and, as long as the app is shown, whether somebody is here. */
import { useEffect, useState } from 'react';
import { watchActivity } from '../session/activity.ts';
import type { SignedIn } from '../session/signed-in.ts';
import { useObservable } from './use-observable.ts';

/** False until the tab has been looked at, or has the inbox for itself: till then there is nothing to show, nor anybody to see it. */
export function useTurn({ client, turn }: SignedIn): boolean {
  const state = useObservable(turn.state);
  const [hasBegun, setHasBegun] = useState(false);
  if (state === 'ours' && !hasBegun) setHasBegun(true);

  useEffect(() => {
    turn.start();
    const stop = watchActivity(client, turn.take);
    return () => {
      stop();
      turn.stop();
    };
  }, [client, turn]);
  return hasBegun;
}
