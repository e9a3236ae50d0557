/** Notifications while the app is open: set right at the start, shown in the background, opened when chosen, taken away once read. */
import { useCallback, useEffect } from 'react';
import { tellInBackground } from '../session/background.ts';
import { thisDevice } from '../session/this-device.ts';
import { useInbox } from './use-inbox.ts';
import { useObservable } from './use-observable.ts';
import { navigate } from './use-route.ts';
import { useSignedIn } from './use-session.ts';
import { useWorkerMessages } from './use-worker-messages.ts';

export function useNotified(): void {
  const { me, client, people, notifications } = useSignedIn();
  const { unread, catchingUp } = useInbox();
  const { kind } = useObservable(notifications.state);

  useEffect(() => {
    void thisDevice(client, navigator.userAgent).then((device) => notifications.start(device));
  }, [client, notifications]);

  useEffect(
    () =>
      tellInBackground({
        inbox: client.inbox,
        people,
        notifications,
        ownId: me.user_id,
        isHidden: () => document.visibilityState === 'hidden',
        now: () => Date.now(),
      }),
    [client, people, notifications, me.user_id],
  );

  const tidy = useCallback(() => void notifications.closeRead(client.inbox.view.get().conversations), [client, notifications]);
  // A conversation that is read changes the number. What was read elsewhere while the app was closed need not:
  // so once more when notifications are known to be on, and when this device has caught up.
  useEffect(tidy, [tidy, unread.conversations, kind, catchingUp]);
  useWorkerMessages(openConversation, tidy);
}

const openConversation = (conversationId: string) => navigate({ page: 'conversation', conversationId });
