/**
 * How far the user had read when the conversation was opened: the line "New messages" stands there until it is left.
 * Undefined while that is not known; null when there was nothing unread.
 */
import type { TimelineView } from '@natter/client';
import { useState } from 'react';
import { useInboxRow } from '../hooks/use-inbox.ts';
import { useSignedIn } from '../hooks/use-session.ts';
import { ownReadOf } from '../lib/receipts.ts';

export function useReadBefore(conversationId: string, view: TimelineView): number | null | undefined {
  const { me } = useSignedIn();
  const row = useInboxRow(conversationId);
  const [known, setKnown] = useState<number | null>();
  if (known === undefined) {
    // One that is not in the list (yet) says it by its own socket.
    if (row !== undefined) setKnown(row.unread_count > 0 ? row.read_message_id : null);
    else if (view.receipts.length > 0) setKnown(ownReadOf(view.receipts, me.user_id));
  }
  return known;
}
