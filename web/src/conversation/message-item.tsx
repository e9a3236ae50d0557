/** A message that is in the log: who, what, when, how far it has got, and what people made of it. */
import type { Message } from '../../../protocol/message.ts';
import { Ban } from 'lucide-react';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { nameOfType } from '../lib/notices.ts';
import type { Reached } from '../lib/receipts.ts';
import type { Row } from '../lib/timeline-rows.ts';
import { Avatar, nameColour } from '../ui/avatar.tsx';
import { BubbleLine, MessageBubble } from './message-bubble.tsx';
import { MessageMenu } from './message-menu.tsx';
import { MessageText } from './message-text.tsx';
import { Quote } from './quote.tsx';
import { Reactions } from './reactions.tsx';
import type { TimelineRowProps } from './timeline-row.tsx';

interface MessageItemProps extends TimelineRowProps {
  row: Row & { kind: 'message' };
  reached: Reached;
}

export function MessageItem({ row, isGroup, isFlashed, reached, conversationId, members, actions, onJump }: MessageItemProps) {
  const { me } = useSignedIn();
  const { known, name } = usePeople();
  const { message } = row;
  const isOwn = message.sender_id === me.user_id;
  const hasFace = isGroup && !isOwn;
  const senderName = isOwn ? 'You' : name(message.sender_id);

  return (
    <div className={`group flex items-end gap-2 ${isOwn ? 'flex-row-reverse' : ''}`}>
      {hasFace ? (
        <span className="w-8 shrink-0">
          {row.endsGroup ? (
            <Avatar id={message.sender_id} name={senderName} url={known(message.sender_id)?.avatar_url} size="small" />
          ) : null}
        </span>
      ) : null}
      <div className={`flex max-w-[min(85%,38rem)] min-w-0 flex-col ${isOwn ? 'items-end' : 'items-start'}`}>
        <div className={`flex max-w-full items-center gap-1 ${isOwn ? 'flex-row-reverse' : ''}`}>
          <MessageBubble isOwn={isOwn} endsGroup={row.endsGroup} isFlashed={isFlashed}>
            {hasFace && row.startsGroup ? (
              <p className="truncate text-sm font-semibold" style={{ color: nameColour(message.sender_id) }}>
                {senderName}
              </p>
            ) : (
              <span className="sr-only">{senderName}: </span>
            )}
            {message.reply_to === undefined || message.deleted ? null : (
              <Quote conversationId={conversationId} messageId={message.reply_to} onJump={onJump} />
            )}
            <BubbleLine
              at={message.timestamp}
              isEdited={message.edited_by !== undefined && !message.deleted}
              mark={isOwn && !message.deleted ? reached : null}
            >
              <Body message={message} />
            </BubbleLine>
          </MessageBubble>
          {message.deleted ? null : <MessageMenu message={message} isOwn={isOwn} isGroup={isGroup} members={members} actions={actions} />}
        </div>
        <Reactions message={message} isOwn={isOwn} onToggle={actions.toggleReaction} />
      </div>
    </div>
  );
}

function Body({ message }: { message: Message }) {
  if (message.deleted) {
    return (
      <span className="flex items-center gap-1.5 text-muted italic">
        <Ban className="size-4 shrink-0" aria-hidden /> Message deleted
      </span>
    );
  }
  if (message.type === 'text') return <MessageText text={message.content} mentions={message.mentions} />;
  return <span className="text-muted italic">{nameOfType(message.type)}: this version of the app cannot show it.</span>;
}
