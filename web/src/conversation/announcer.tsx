/** Reads new messages of others out, once each, and never the history: for those who listen. */
import type { TimelineView } from '@natter/client';
import { useEffect, useRef, useState } from 'react';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { isMessageType } from '../../../protocol/message.ts';
import { nameOfType } from '../lib/notices.ts';

interface Announcement {
  id: number;
  senderId: string;
  text: string;
}
const KEPT = 5;

export function Announcer({ view }: { view: TimelineView }) {
  const { me } = useSignedIn();
  const { name } = usePeople();
  const announced = useRef<number | null>(null);
  const [lines, setLines] = useState<readonly Announcement[]>([]);

  useEffect(() => {
    if (view.catchingUp || view.lastMessageId === 0) return;
    const after = announced.current;
    announced.current = view.lastMessageId;
    if (after === null) return;
    const fresh = view.entries.flatMap((entry): Announcement[] => {
      if (entry.kind === 'local' || entry.message.message_id <= after) return [];
      const { message_id: id, sender_id: senderId, type, content, deleted } = entry.message;
      if (senderId === me.user_id || !isMessageType(type) || deleted) return [];
      return [{ id, senderId, text: type === 'text' ? content : nameOfType(type) }];
    });
    if (fresh.length > 0) setLines((before) => [...before, ...fresh].slice(-KEPT));
  }, [view, me.user_id]);

  return (
    <div role="log" aria-live="polite" aria-label="New messages" className="sr-only">
      {lines.map((line) => (
        <p key={line.id}>
          {name(line.senderId)}: {line.text}
        </p>
      ))}
    </div>
  );
}
