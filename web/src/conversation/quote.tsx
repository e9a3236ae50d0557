/** What a message answers, in one line; choosing it goes there. */
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { nameOfType } from '../lib/notices.ts';
import { useQuoted } from './use-quoted.ts';

interface QuoteProps {
  conversationId: string;
  messageId: number;
  onJump: (messageId: number) => unknown;
}

export function Quote({ conversationId, messageId, onJump }: QuoteProps) {
  const { me } = useSignedIn();
  const { name } = usePeople();
  const quoted = useQuoted(conversationId, messageId);
  const who = quoted ? (quoted.sender_id === me.user_id ? 'You' : name(quoted.sender_id)) : '';
  const text =
    quoted === undefined
      ? '…'
      : quoted === null
        ? 'A message that is gone'
        : quoted.deleted
          ? 'Message deleted'
          : quoted.type === 'text'
            ? quoted.content
            : nameOfType(quoted.type);
  return (
    <button
      type="button"
      aria-label={`In answer to ${who}: ${text}`}
      className="mb-1 block w-full min-w-32 rounded-lg border-l-[3px] border-accent bg-accent/8 px-2.5 py-1 text-left text-sm"
      onClick={() => void onJump(messageId)}
    >
      {who === '' ? null : <span className="block truncate font-semibold text-accent">{who}</span>}
      <span className="line-clamp-2 break-words text-ink/85">{text}</span>
    </button>
  );
}
