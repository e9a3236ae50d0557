/** One line of the list: who, what was said last, when, and how much is unread. */
import { BellOff, Pin } from 'lucide-react';
import { memo } from 'react';
import type { ConversationRow } from '../../../protocol/conversations.ts';
import { calendar } from '../hooks/use-browser.ts';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { isMuted, mutedLine } from '../lib/mute.ts';
import { previewOf } from '../lib/notices.ts';
import { firstNameOf, otherOf, titleOf } from '../lib/people.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Link } from '../ui/link.tsx';
import { PresenceDot } from '../ui/presence-dot.tsx';
import { ConversationMenu } from './conversation-menu.tsx';
import { UnreadMarks } from './unread-marks.tsx';
import type { RowActions } from './use-row-actions.ts';

interface ConversationItemProps {
  row: ConversationRow;
  now: number;
  isSelected: boolean;
  actions: RowActions;
}

export const ConversationItem = memo(function ConversationItem({ row, now, isSelected, actions }: ConversationItemProps) {
  const { me, client } = useSignedIn();
  const { known } = usePeople();
  const title = titleOf(row, me.user_id, known);
  const isGroup = row.kind === 'group';
  const other = isGroup ? undefined : otherOf(row.members ?? [], me.user_id);
  const picture = isGroup ? row.avatar_url : other === undefined ? null : known(other)?.avatar_url;
  const isUnread = row.unread_count > 0 || row.marked_unread;

  return (
    <ConversationMenu row={row} now={now} name={title ?? 'this conversation'} actions={actions}>
      <Link
        to={{ page: 'conversation', conversationId: row.conversation_id }}
        onAgain={() => client.conversation(row.conversation_id).open()}
        aria-current={isSelected ? 'page' : undefined}
        className="flex items-center gap-3 rounded-xl px-2.5 py-2.5 outline-offset-[-2px] transition-colors group-hover:bg-hover aria-[current=page]:bg-accent-soft"
      >
        <span className="relative">
          <Avatar id={other ?? row.conversation_id} name={title} url={picture} isGroup={isGroup} />
          <PresenceDot userId={other} />
        </span>
        <span className="min-w-0 flex-1">
          <span className="flex items-baseline gap-2">
            {title === undefined ? (
              <span aria-hidden className="h-3 w-24 animate-pulse rounded-full bg-line" />
            ) : (
              <span className={`min-w-0 truncate ${isUnread ? 'font-semibold' : 'font-medium'}`}>{title}</span>
            )}
            <Signs row={row} now={now} />
            {row.last_message ? (
              <time dateTime={new Date(row.last_message.timestamp).toISOString()} className="ml-auto shrink-0 text-xs text-muted">
                {calendar.short(row.last_message.timestamp, now)}
              </time>
            ) : null}
          </span>
          <span className="flex h-5.5 items-center gap-2 pt-0.5 group-hover:pr-7 group-has-[[data-popup-open]]:pr-7 pointer-coarse:pr-0">
            <span className={`min-w-0 flex-1 truncate text-sm ${isUnread ? 'text-ink' : 'text-muted'}`}>
              <LastLine row={row} isSelected={isSelected} />
            </span>
            <UnreadMarks row={row} isQuiet={isMuted(row.muted_until, now)} />
          </span>
        </span>
      </Link>
    </ConversationMenu>
  );
});

function LastLine({ row, isSelected }: Pick<ConversationItemProps, 'row' | 'isSelected'>) {
  const { me } = useSignedIn();
  const { name } = usePeople();
  const draft = isSelected ? '' : (row.draft ?? '').trim();
  if (draft === '') return previewOf(row.last_message, me.user_id, (id) => firstNameOf(name(id)), row.kind === 'group');
  return (
    <>
      <span className="text-danger">Draft: </span>
      {draft}
    </>
  );
}

function Signs({ row, now }: Pick<ConversationItemProps, 'row' | 'now'>) {
  return (
    <>
      {row.muted_until !== null && isMuted(row.muted_until, now) ? (
        <span title={mutedLine(row.muted_until, now, calendar)} className="shrink-0 self-center text-muted">
          <BellOff className="size-3.5" aria-hidden />
          <span className="sr-only">muted</span>
        </span>
      ) : null}
      {row.pinned ? (
        <span title="Pinned" className="shrink-0 self-center text-muted">
          <Pin className="size-3.5" aria-hidden />
          <span className="sr-only">pinned</span>
        </span>
      ) : null}
    </>
  );
}
