/** What goes with being connected: what an earlier visit left unsent, the names of those in the list, the end of the session. */
import { useEffect } from 'react';
import { peopleOf } from '../lib/inbox-list.ts';
import { useInbox } from './use-inbox.ts';
import { useObservable } from './use-observable.ts';
import { useSession, useSignedIn } from './use-session.ts';

export function useConnected(): void {
  const session = useSession();
  const { client, conversations, people } = useSignedIn();
  const { conversations: rows } = useInbox();
  const { reason } = useObservable(client.inbox.status);

  useEffect(() => void conversations.resume(), [conversations]);
  useEffect(() => people.want(rows.flatMap(peopleOf)), [people, rows]);
  useEffect(() => {
    if (reason === 'unauthenticated' || reason === 'other_user') void session.refresh();
  }, [session, reason]);
}
