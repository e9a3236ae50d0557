/** The message that another one answers: from the timeline, or fetched alone when it is further up. */
import { useEffect, useState } from 'react';
import type { Message } from '../../../protocol/message.ts';
import { useObservable } from '../hooks/use-observable.ts';
import { useSignedIn } from '../hooks/use-session.ts';
import { asked } from '../session/asked.ts';

/** Undefined while it is not known, null when it cannot be had. */
export function useQuoted(conversationId: string, messageId: number): Message | null | undefined {
  const { client } = useSignedIn();
  const { entries } = useObservable(client.conversation(conversationId).timeline);
  const [fetched, setFetched] = useState<Message | null>();
  const here = findMessage(entries, messageId);
  const isHere = here !== undefined;

  useEffect(() => {
    if (isHere) return;
    let current = true;
    void asked(client.api.history(conversationId, { before: messageId + 1, limit: 1 })).then((answer) => {
      if (current) setFetched((answer.ok && answer.value.messages.find((one) => one.message_id === messageId)) || null);
    });
    return () => {
      current = false;
    };
  }, [client, conversationId, messageId, isHere]);

  return here ?? fetched;
}

/** Entries stand in ascending order, without those that were folded into others. */
function findMessage(
  entries: readonly ({ kind: 'message'; message: Message } | { kind: 'local' })[],
  messageId: number,
): Message | undefined {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = entries[middle];
    if (entry?.kind === 'message' && entry.message.message_id < messageId) low = middle + 1;
    else high = middle;
  }
  const found = entries[low];
  return found?.kind === 'message' && found.message.message_id === messageId ? found.message : undefined;
}
