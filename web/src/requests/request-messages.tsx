/** The texts of a request, read by HTTP: nothing in them can be pressed, and nothing is loaded for them. */
import type { ConversationRow } from '../../../protocol/conversations.ts';
import type { Message } from '../../../protocol/message.ts';
import { useEffect, useState } from 'react';
import { BubbleLine, MessageBubble } from '../conversation/message-bubble.tsx';
import { useSignedIn } from '../hooks/use-session.ts';
import { asked } from '../session/asked.ts';
import { Failure } from '../ui/failure.tsx';
import { SkeletonMessages } from '../ui/skeleton.tsx';

export function RequestMessages({ row: { conversation_id: id, updated_at } }: { row: ConversationRow }) {
  const { client, me } = useSignedIn();
  const [messages, setMessages] = useState<Message[] | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    let isGone = false;
    void asked(client.api.history(id)).then((answer) => {
      if (isGone) return;
      setFailure(answer.ok ? null : answer.refusal.detail);
      if (answer.ok) setMessages(answer.value.messages.toReversed());
    });
    return () => void (isGone = true);
    // Another message moves the row.
  }, [client, id, updated_at]);
  if (messages === null && failure === null) return <SkeletonMessages />;
  return (
    <div className="scroll-thin flex min-h-0 flex-1 flex-col gap-1.5 overflow-y-auto px-4 py-4">
      <Failure text={failure} />
      {(messages ?? []).map((message) => (
        <div key={message.message_id} className="max-w-[min(85%,38rem)] self-start">
          <MessageBubble isOwn={message.sender_id === me.user_id} endsGroup>
            <BubbleLine at={message.timestamp} mark={null}>
              <span data-message-text dir="auto" className="block break-words whitespace-pre-wrap [overflow-wrap:anywhere]">
                {message.deleted ? 'Message deleted' : message.content}
              </span>
            </BubbleLine>
          </MessageBubble>
        </div>
      ))}
    </div>
  );
}
