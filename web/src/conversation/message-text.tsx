/** A text as it was written: its web addresses are links that give nothing away, those who are mentioned stand out. */
import { memo } from 'react';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { isOnlyEmojis } from '../lib/emoji.ts';
import { partsOf, type MessagePart } from '../lib/message-parts.ts';

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
      {mentions.length === 0 ? <Parts of={partsOf(text, NOBODY)} /> : <WithMentions text={text} mentions={mentions} />}
    </span>
  );
});

const NOBODY = [] as const;

function WithMentions({ text, mentions }: { text: string; mentions: readonly string[] }) {
  const { known } = usePeople();
  const mentioned = mentions.flatMap((id) => known(id) ?? []);
  return <Parts of={partsOf(text, mentioned)} />;
}

const Parts = ({ of }: { of: readonly MessagePart[] }) =>
  of.map((part, index) => {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'link':
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
      case 'mention':
        return <Mention key={index} text={part.text} userIds={part.userIds} />;
    }
  });

function Mention({ text, userIds }: { text: string; userIds: readonly string[] }) {
  const { me } = useSignedIn();
  return (
    <span data-mention className={`font-semibold text-accent ${userIds.includes(me.user_id) ? 'rounded bg-accent-soft px-0.5' : ''}`}>
      {text}
    </span>
  );
}
