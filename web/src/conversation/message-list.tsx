/** The messages: drawn as far as they can be seen, older ones fetched on the way up. */
import type { ConversationHandle, TimelineView } from '@natter/client';
import { ArrowDown, LoaderCircle } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import { useAttention, useNow } from '../hooks/use-browser.ts';
import { useInboxRow } from '../hooks/use-inbox.ts';
import { useSignedIn } from '../hooks/use-session.ts';
import { reachOf } from '../lib/receipts.ts';
import { Empty } from './empty.tsx';
import { TimelineRow } from './timeline-row.tsx';
import type { Actions } from './use-actions.ts';
import type { ConversationInfo } from './use-conversation-info.ts';
import { useHeight } from './use-height.ts';
import { useJump } from './use-jump.ts';
import { useOlder } from './use-older.ts';
import { useReadBefore } from './use-read-before.ts';
import { useRows } from './use-rows.ts';
import { useScrolling } from './use-scrolling.ts';

interface MessageListProps {
  handle: ConversationHandle;
  view: TimelineView;
  info: ConversationInfo | undefined;
  actions: Actions;
}

export function MessageList({ handle, view, info, actions }: MessageListProps) {
  const { me } = useSignedIn();
  const readUpTo = useReadBefore(handle.id, view);
  const { rows, hasPrepended } = useRows(view.entries, me.user_id, readUpTo ?? null);
  const scroller = useRef<HTMLDivElement>(null);
  const above = useRef<HTMLDivElement>(null);
  const virtualizer = useRef<VirtualizerHandle>(null);
  const { state: olderState, loadMore, retry } = useOlder(handle);
  const onNearTop = useCallback(() => void loadMore(), [loadMore]);
  const { isAtBottom, onScroll, toBottom } = useScrolling({ rows, scroller, virtualizer, onNearTop });
  const { jumpTo, flashed } = useJump({ handle, rows, virtualizer, loadMore });
  const reach = useMemo(() => reachOf(view.members, view.receipts, me.user_id), [view.members, view.receipts, me.user_id]);
  const startMargin = useHeight(above);
  const now = useNow();

  // Not before it is known what was unread: the line above it is drawn from that.
  const isRead = useAttention() && isAtBottom && !view.catchingUp && readUpTo !== undefined;
  const isMarked = useInboxRow(handle.id)?.marked_unread === true;
  useEffect(() => {
    // Marked unread by hand, it stays so until it is opened anew: then what came meanwhile is read.
    if (isRead && !isMarked && view.lastMessageId > 0) handle.markRead(view.lastMessageId);
  }, [handle, isRead, isMarked, view.lastMessageId]);

  const missed = useMissed(view, isAtBottom, me.user_id);

  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <div
        ref={scroller}
        role="group"
        aria-label="Messages"
        tabIndex={0}
        onScroll={onScroll}
        className="scroll-thin flex min-h-0 flex-1 flex-col overflow-y-auto overscroll-contain px-3 pb-1 outline-offset-[-2px] [overflow-anchor:none] sm:px-6"
      >
        <div ref={above} className="flex grow flex-col justify-end">
          {view.hasOlder ? null : <Empty info={info} isStart={rows.length > 0} />}
        </div>
        <Virtualizer
          ref={virtualizer}
          scrollRef={scroller}
          startMargin={startMargin}
          shift={hasPrepended}
          data={rows}
          as="ol"
          item="li"
          bufferSize={600}
        >
          {(row) => (
            <TimelineRow
              key={row.key}
              row={row}
              now={now}
              isGroup={info?.kind === 'group'}
              isFlashed={row.key === flashed}
              reach={reach}
              conversationId={handle.id}
              members={view.members}
              actions={actions.on}
              onJump={jumpTo}
            />
          )}
        </Virtualizer>
      </div>
      <div role="status" className="pointer-events-none absolute inset-x-0 top-2 flex justify-center">
        {olderState === 'loading' ? (
          <span className="rounded-full bg-raised p-1.5 shadow-pop">
            <LoaderCircle className="size-5 animate-spin text-accent" aria-hidden />
            <span className="sr-only">Loading earlier messages</span>
          </span>
        ) : null}
        {olderState === 'failed' ? (
          <button
            type="button"
            className="pointer-events-auto rounded-full bg-raised px-4 py-1.5 text-sm font-medium shadow-pop"
            onClick={retry}
          >
            Earlier messages could not be loaded. Try again
          </button>
        ) : null}
      </div>
      {isAtBottom ? null : (
        <button
          type="button"
          className="absolute right-4 bottom-3 inline-flex min-h-10 animate-pop items-center gap-1.5 rounded-full border border-line bg-raised px-3.5 text-sm font-medium shadow-pop"
          onClick={toBottom}
        >
          <ArrowDown className="size-4" aria-hidden />
          {missed > 0 ? `${missed} new` : 'Jump to latest'}
        </button>
      )}
    </div>
  );
}

/** How many messages of others came since the reader went up. */
function useMissed(view: TimelineView, isAtBottom: boolean, ownId: string): number {
  const [leftAt, setLeftAt] = useState(view.lastMessageId);
  if (isAtBottom && leftAt !== view.lastMessageId) setLeftAt(view.lastMessageId);
  if (isAtBottom) return 0;
  return view.entries.filter((entry) => entry.kind === 'message' && entry.message.message_id > leftAt && entry.message.sender_id !== ownId)
    .length;
}
