/** The emojis on a message: how many, whose, and one's own to put on or take off. */
import type { Message } from '../../../protocol/message.ts';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { listNames } from '../lib/people.ts';

interface ReactionsProps {
  message: Message;
  isOwn: boolean;
  onToggle: (message: Message, emoji: string) => void;
}

export function Reactions({ message, isOwn, onToggle }: ReactionsProps) {
  const { me } = useSignedIn();
  const { name } = usePeople();
  if (message.deleted || !message.reactions || message.reactions.length === 0) return null;
  return (
    <ul aria-label="Reactions" className={`flex flex-wrap gap-1 pt-1 pb-1 ${isOwn ? 'justify-end' : ''}`}>
      {message.reactions.map(({ emoji, count, user_ids: ids }) => {
        const isMine = ids.includes(me.user_id);
        const who = listNames(
          ids.map((id) => (id === me.user_id ? 'You' : name(id))),
          6,
        );
        return (
          <li key={emoji}>
            <button
              type="button"
              aria-pressed={isMine}
              aria-label={`${emoji} ${count}: ${who}`}
              title={who}
              className="inline-flex items-center gap-1 rounded-full border border-line bg-surface px-2 py-0.5 text-sm transition-colors hover:bg-hover aria-pressed:border-accent aria-pressed:bg-accent-soft"
              onClick={() => onToggle(message, emoji)}
            >
              <span aria-hidden className="font-emoji">
                {emoji}
              </span>
              <span aria-hidden className="text-xs font-medium tabular-nums">
                {count}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
