/** A text as it was written, its web addresses as links that give nothing away. */
import { memo } from 'react';
import { isOnlyEmojis } from '../lib/emoji.ts';
import { linkify } from '../lib/linkify.ts';

export const MessageText = memo(function MessageText({ text }: { text: string }) {
  if (isOnlyEmojis(text))
    return (
      <span data-message-text className="font-emoji text-4xl leading-tight">
        {text}
      </span>
    );
  return (
    <span data-message-text dir="auto" className="block break-words whitespace-pre-wrap [overflow-wrap:anywhere]">
      {linkify(text).map((part, index) =>
        part.kind === 'text' ? (
          part.text
        ) : (
          <a
            key={index}
            href={part.href}
            target="_blank"
            rel="noopener noreferrer nofollow ugc"
            className="text-accent underline decoration-accent/50 underline-offset-2 hover:decoration-accent"
          >
            {part.text}
          </a>
        ),
      )}
    </span>
  );
});
