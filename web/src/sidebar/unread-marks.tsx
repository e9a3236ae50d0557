/** How much is unread in a conversation: mentions apart, a dot where nothing counts, grey where it is muted. */
import type { ConversationRow } from '../../../protocol/conversations.ts';

export function UnreadMarks({ row, isQuiet }: { row: ConversationRow; isQuiet: boolean }) {
  const { unread_count: unread, mention_count: mentions } = row;
  const tone = isQuiet ? 'bg-line text-muted' : 'bg-accent text-on-accent';
  if (unread === 0 && !row.marked_unread) return null;
  return (
    <span className="flex shrink-0 items-center gap-1">
      {mentions > 0 ? (
        <span
          data-mentions={mentions}
          title={countOf(mentions, 'mention')}
          className="inline-flex size-5 items-center justify-center rounded-full bg-accent text-xs font-semibold text-on-accent"
        >
          <span aria-hidden>@</span>
          <span className="sr-only">{countOf(mentions, 'mention')},</span>
        </span>
      ) : null}
      {unread > 0 ? (
        <span
          data-unread={unread}
          className={`inline-flex h-5 min-w-5 items-center justify-center rounded-full px-1.5 text-xs font-semibold ${tone}`}
        >
          {unread > 99 ? '99+' : unread}
          <span className="sr-only"> unread</span>
        </span>
      ) : (
        <span data-unread="0" title="Marked as unread" className={`size-3 rounded-full ${isQuiet ? 'bg-line-strong' : 'bg-accent'}`}>
          <span className="sr-only">marked as unread</span>
        </span>
      )}
    </span>
  );
}

const countOf = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
