/** Notifications while the app is open: set right at the start, opened when chosen, taken away once read. */
import { useCallback, useEffect } from 'react';
import { thisDevice } from '../session/this-device.ts';
import { useInbox } from './use-inbox.ts';
import { navigate } from './use-route.ts';
import { useSignedIn } from './use-session.ts';
import { useWorkerMessages } from './use-worker-messages.ts';

export function useNotified(): void {
  const { client, notifications } = useSignedIn();
  const { unread } = useInbox();

  useEffect(() => {
    void thisDevice(client, navigator.userAgent).then((device) => notifications.start(device));
  }, [client, notifications]);

  const tidy = useCallback(() => void notifications.closeRead(client.inbox.view.get().conversations), [client, notifications]);
  // A conversation that is read changes the number; so does a start, from nothing.
  useEffect(tidy, [tidy, unread.conversations]);
  useWorkerMessages(openConversation, tidy);
}

const openConversation = (conversationId: string) => navigate({ page: 'conversation', conversationId });
