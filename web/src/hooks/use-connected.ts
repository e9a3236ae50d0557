/** Keeps the inbox connected while the app is open, and tells it whether somebody is there. */
import { useEffect } from 'react';
import { peopleOf } from '../lib/inbox-list.ts';
import { watchActivity } from '../session/activity.ts';
import { useInbox } from './use-inbox.ts';
import { useObservable } from './use-observable.ts';
import { useSession, useSignedIn } from './use-session.ts';

export function useConnected(): void {
  const session = useSession();
  const { client, conversations, people } = useSignedIn();
  const { conversations: rows } = useInbox();
  const { reason } = useObservable(client.inbox.status);

  useEffect(() => {
    client.inbox.open();
    void conversations.resume();
    const stop = watchActivity(client);
    return () => {
      stop();
      client.inbox.close();
    };
  }, [client, conversations]);
  useEffect(() => people.want(rows.flatMap(peopleOf)), [people, rows]);
  useEffect(() => {
    if (reason === 'unauthenticated') void session.refresh();
  }, [session, reason]);
}
