/** Tells the list what the open conversation knows before it: the last message, and that it has been read. */
import type { TimelineView } from '@natter/client';
import { useEffect } from 'react';
import { isMessageType } from '../../../protocol/message.ts';
import { useSignedIn } from '../hooks/use-session.ts';
import { ownReadOf } from '../lib/receipts.ts';

export function useObservedEnd(conversationId: string, view: TimelineView): void {
  const { me, inbox } = useSignedIn();
  const read = ownReadOf(view.receipts, me.user_id);
  const last = view.entries.findLast((entry) => entry.kind === 'message' && isMessageType(entry.message.type));
  const message = last?.kind === 'message' ? last.message : undefined;

  useEffect(() => {
    if (message === undefined) return;
    const { message_id, sender_id, type, content, timestamp, deleted } = message;
    const base = { message_id, sender_id, type, content, timestamp };
    inbox.observe(conversationId, { last_message: deleted ? { ...base, deleted } : base, read_message_id: read });
  }, [inbox, conversationId, message, read]);
  useEffect(() => {
    if (view.lastMessageId > 0) inbox.refreshSoon();
  }, [inbox, view.lastMessageId]);
}
