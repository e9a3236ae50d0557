/** A text as it was written: its web addresses are links that give nothing away, those who are mentioned stand out. */
import { memo } from 'react';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { isOnlyEmojis } from '../lib/emoji.ts';
import { linkify } from '../lib/linkify.ts';
import { markMentions } from '../lib/mentions.ts';

interface MessageTextProps {
  text: string;
  mentions?: readonly string[] | undefined;
}

export const MessageText = memo(function MessageText({ text, mentions = [] }: MessageTextProps) {
  if (isOnlyEmojis(text))
    return (
      <span data-message-text className="font-emoji text-4xl leading-tight">
        {text}
      </span>
    );
  return (
    <span data-message-text dir="auto" className="block break-words whitespace-pre-wrap [overflow-wrap:anywhere]">
      {linkify(text).map((part, index) => {
        if (part.kind === 'text') return mentions.length === 0 ? part.text : <Mentions key={index} text={part.text} of={mentions} />;
        return (
          <a
            key={index}
            href={part.href}
            target="_blank"
            rel="noopener noreferrer nofollow ugc"
            className="text-accent underline decoration-accent/50 underline-offset-2 hover:decoration-accent"
          >
            {part.text}
          </a>
        );
      })}
    </span>
  );
});

function Mentions({ text, of }: { text: string; of: readonly string[] }) {
  const { me } = useSignedIn();
  const { known } = usePeople();
  return markMentions(
    text,
    of.flatMap((id) => known(id) ?? []),
  ).map((part, index) => {
    if (part.kind === 'text') return part.text;
    const isMe = part.userIds.includes(me.user_id);
    return (
      <span key={index} data-mention className={`font-semibold text-accent ${isMe ? 'rounded bg-accent-soft px-0.5' : ''}`}>
        {part.text}
      </span>
    );
  });
}
