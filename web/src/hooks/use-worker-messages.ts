/** What the service worker says to the open app: which notification was chosen, and that one came. */
import { useEffect } from 'react';
import { workerMessageOf } from '../lib/worker-message.ts';

export function useWorkerMessages(onOpen: (conversationId: string) => void, onPushed: () => void): void {
  useEffect(() => {
    if (!('serviceWorker' in navigator)) return;
    const { serviceWorker } = navigator;
    const hear = (event: MessageEvent<unknown>) => {
      const message = workerMessageOf(event.data);
      if (message?.type === 'open') onOpen(message.conversation_id);
      if (message?.type === 'pushed') onPushed();
    };
    serviceWorker.addEventListener('message', hear);
    return () => serviceWorker.removeEventListener('message', hear);
  }, [onOpen, onPushed]);
}
