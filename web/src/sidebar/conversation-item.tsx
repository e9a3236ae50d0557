/** One line of the list: who, what was said last, when, and how much is unread. */
import type { ConversationRow } from '../../../protocol/conversations.ts';
import { calendar } from '../hooks/use-browser.ts';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { previewOf } from '../lib/notices.ts';
import { firstNameOf, otherOf, titleOf } from '../lib/people.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Link } from '../ui/link.tsx';

interface ConversationItemProps {
  row: ConversationRow;
  now: number;
  isSelected: boolean;
}

export function ConversationItem({ row, now, isSelected }: ConversationItemProps) {
  const { me, drafts } = useSignedIn();
  const { known, name } = usePeople();
  const title = titleOf(row, me.user_id, known);
  const isGroup = row.kind === 'group';
  const other = isGroup ? undefined : otherOf(row.members ?? [], me.user_id);
  const picture = isGroup ? row.avatar_url : other === undefined ? null : known(other)?.avatar_url;
  const unread = row.unread_count;
  const draft = isSelected ? '' : drafts.get(row.conversation_id).trim();

  return (
    <li>
      <Link
        to={{ page: 'conversation', conversationId: row.conversation_id }}
        aria-current={isSelected ? 'page' : undefined}
        className="flex items-center gap-3 rounded-xl px-2.5 py-2.5 outline-offset-[-2px] transition-colors hover:bg-hover aria-[current=page]:bg-accent-soft"
      >
        <Avatar id={other ?? row.conversation_id} name={title} url={picture} isGroup={isGroup} />
        <span className="min-w-0 flex-1">
          <span className="flex items-baseline gap-2">
            {title === undefined ? (
              <span aria-hidden className="h-3 w-24 animate-pulse rounded-full bg-line" />
            ) : (
              <span className={`min-w-0 flex-1 truncate ${unread > 0 ? 'font-semibold' : 'font-medium'}`}>{title}</span>
            )}
            {row.last_message ? (
              <time dateTime={new Date(row.last_message.timestamp).toISOString()} className="ml-auto shrink-0 text-xs text-muted">
                {calendar.short(row.last_message.timestamp, now)}
              </time>
            ) : null}
          </span>
          <span className="flex items-center gap-2 pt-0.5">
            <span className={`min-w-0 flex-1 truncate text-sm ${unread > 0 ? 'text-ink' : 'text-muted'}`}>
              {draft === '' ? (
                previewOf(row.last_message, me.user_id, (id) => firstNameOf(name(id)), isGroup)
              ) : (
                <>
                  <span className="text-danger">Draft: </span>
                  {draft}
                </>
              )}
            </span>
            {unread > 0 ? (
              <span className="inline-flex h-5 min-w-5 shrink-0 items-center justify-center rounded-full bg-accent px-1.5 text-xs font-semibold text-on-accent">
                {unread > 99 ? '99+' : unread}
                <span className="sr-only"> unread</span>
              </span>
            ) : null}
          </span>
        </span>
      </Link>
    </li>
  );
}
