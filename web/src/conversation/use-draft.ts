/** What is typed here and not sent: kept by the client at every keystroke, and taken over when another device writes on. */
import { useCallback, useState } from 'react';
import { useInboxRow } from '../hooks/use-inbox.ts';
import { useSignedIn } from '../hooks/use-session.ts';

export interface Draft {
  text: string;
  write(text: string): void;
  /** It has become a message: the client lets go of it by itself. */
  sent(): void;
}

export function useDraft(conversationId: string): Draft {
  const { client } = useSignedIn();
  const kept = useInboxRow(conversationId)?.draft ?? '';
  const [typed, setTyped] = useState(kept);
  const [heard, setHeard] = useState(kept);

  // What comes back from here is what stands here; anything else was written elsewhere.
  if (kept !== heard) {
    setHeard(kept);
    if (kept !== typed) setTyped(kept);
  }

  const write = useCallback(
    (text: string) => {
      setTyped(text);
      client.inbox.setDraft(conversationId, text);
    },
    [client, conversationId],
  );
  return { text: typed, write, sent: () => setTyped('') };
}
