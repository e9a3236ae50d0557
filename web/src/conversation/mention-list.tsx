/** The people who can be mentioned, above the place where one writes; the keys stay there. */
import { Avatar } from '../ui/avatar.tsx';
import type { Mentions } from './use-mentions.ts';

export const MENTION_LIST_ID = 'mention-list';
export const mentionOptionId = (userId: string): string => `mention-${userId}`;

export function MentionList({ mentions: { offered, active, choose } }: { mentions: Mentions }) {
  return (
    <>
      <p role="status" className="sr-only">
        {offered.length === 0 ? '' : `${offered.length === 1 ? 'One person' : `${offered.length} people`} to mention`}
      </p>
      {offered.length === 0 ? null : (
        <ul
          id={MENTION_LIST_ID}
          role="listbox"
          aria-label="People to mention"
          className="scroll-thin absolute bottom-full left-0 z-20 mb-1.5 max-h-[40dvh] w-full max-w-80 animate-pop overflow-y-auto rounded-2xl border border-line bg-raised p-1 shadow-pop"
        >
          {offered.map((person, index) => (
            <li
              key={person.user_id}
              id={mentionOptionId(person.user_id)}
              role="option"
              ref={index === active ? intoView : undefined}
              aria-selected={index === active}
              className="flex cursor-pointer items-center gap-2.5 rounded-xl px-2 py-1.5 hover:bg-hover aria-selected:bg-accent-soft"
              // The focus stays where one writes.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(person)}
            >
              <Avatar id={person.user_id} name={person.name} url={person.avatar_url} size="small" />
              <span className="min-w-0 truncate font-medium">{person.name}</span>
              {person.username === null ? null : <span className="min-w-0 truncate text-sm text-muted">@{person.username}</span>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

const intoView = (option: HTMLElement | null): void => option?.scrollIntoView({ block: 'nearest' });
