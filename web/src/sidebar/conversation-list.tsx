/** All conversations: pinned first, then newest activity, the archived ones behind a heading. Only what can be seen is drawn, and watched. */
import { Archive, ChevronDown, ChevronRight, MessagesSquare, X } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Virtualizer } from 'virtua';
import { useLasting, useNow } from '../hooks/use-browser.ts';
import { useInbox } from '../hooks/use-inbox.ts';
import { useObservable } from '../hooks/use-observable.ts';
import { useSignedIn } from '../hooks/use-session.ts';
import { listItems, type ListItem } from '../lib/inbox-list.ts';
import { RequestList } from '../requests/request-list.tsx';
import { Button } from '../ui/button.tsx';
import { SkeletonRows } from '../ui/skeleton.tsx';
import { ConversationItem } from './conversation-item.tsx';
import { useRowActions } from './use-row-actions.ts';

/** A reconnection shorter than this is nobody's business. */
const PATIENCE_MS = 3_000;

export function ConversationList({ selectedId, onStart }: { selectedId: string | null; onStart: () => void }) {
  const { client, turn } = useSignedIn();
  const isElsewhere = useObservable(turn.state) === 'elsewhere';
  const { conversations, requests, loading, catchingUp } = useInbox();
  const { state } = useObservable(client.inbox.status);
  const now = useNow();
  const scroller = useRef<HTMLElement>(null);
  const [showArchived, setShowArchived] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const actions = useRowActions(setFailure);
  const items = useMemo(() => listItems(conversations, showArchived), [conversations, showArchived]);
  const isCut = useLasting(catchingUp && state !== 'connecting' && state !== 'idle' ? true : null, PATIENCE_MS) === true;

  // Back again, nothing stands in the way of trying once more.
  useEffect(() => {
    if (state === 'online') setFailure(null);
  }, [state]);

  if (conversations.length === 0 && (loading || catchingUp)) {
    return isCut ? <Unreachable onRetry={() => client.inbox.open()} /> : <SkeletonRows label="Loading conversations" />;
  }
  if (conversations.length === 0 && requests.length === 0) return <NoConversations onStart={onStart} />;
  return (
    <nav
      ref={scroller}
      aria-label="Conversations"
      className="scroll-thin min-h-0 flex-1 overflow-y-auto px-2 pt-1 pb-[max(0.5rem,env(safe-area-inset-bottom))]"
    >
      <div role="status">
        {isElsewhere ? (
          <Notice text="Natter is open in another window; this list waits." onUseHere={turn.take} />
        ) : isCut ? (
          <Notice text="Not up to date: the server cannot be reached." />
        ) : null}
      </div>
      <div role="alert">
        {failure === null ? null : (
          <p className="mx-2 mb-1 flex items-start gap-2 rounded-lg bg-danger-soft py-1.5 pr-1.5 pl-3 text-sm text-danger">
            <span className="min-w-0 flex-1">{failure}</span>
            <button type="button" aria-label="Close" title="Close" className="rounded p-0.5" onClick={() => setFailure(null)}>
              <X className="size-4" aria-hidden />
            </button>
          </p>
        )}
      </div>
      <RequestList requests={requests} selectedId={selectedId} />
      <Virtualizer scrollRef={scroller} data={items} as="ul" item="li" bufferSize={200}>
        {(item) =>
          item.kind === 'archive' ? (
            <ArchiveHeading key="archive" item={item} isOpen={showArchived} onToggle={() => setShowArchived(!showArchived)} />
          ) : (
            <ConversationItem
              key={item.row.conversation_id}
              row={item.row}
              now={now}
              isSelected={item.row.conversation_id === selectedId}
              actions={actions}
            />
          )
        }
      </Virtualizer>
    </nav>
  );
}

interface ArchiveHeadingProps {
  item: ListItem & { kind: 'archive' };
  isOpen: boolean;
  onToggle: () => void;
}

function ArchiveHeading({ item, isOpen, onToggle }: ArchiveHeadingProps) {
  const Chevron = isOpen ? ChevronDown : ChevronRight;
  return (
    <button
      type="button"
      aria-expanded={isOpen}
      className="mt-1 flex w-full items-center gap-3 rounded-xl px-3 py-2.5 text-left text-sm font-medium text-muted outline-offset-[-2px] transition-colors hover:bg-hover"
      onClick={onToggle}
    >
      <Archive className="size-4" aria-hidden />
      <span className="flex-1">Archived ({item.count})</span>
      {item.unread > 0 ? <span className="text-xs">{item.unread} unread</span> : null}
      <Chevron className="size-4" aria-hidden />
    </button>
  );
}

const Notice = ({ text, onUseHere }: { text: string; onUseHere?: () => void }) => (
  <p className="mx-2 mb-1 rounded-lg bg-warn-soft px-3 py-1.5 text-sm text-warn">
    {text}{' '}
    {onUseHere === undefined ? null : (
      <button type="button" className="rounded font-semibold underline underline-offset-2" onClick={onUseHere}>
        Use it here
      </button>
    )}
  </p>
);

function NoConversations({ onStart }: { onStart: () => void }) {
  return (
    <div className="flex flex-1 flex-col items-center justify-center gap-3 px-8 pb-20 text-center">
      <MessagesSquare className="size-10 text-accent" strokeWidth={1.5} aria-hidden />
      <p className="font-semibold">No conversations yet</p>
      <p className="text-sm text-muted">Find somebody by name and say hello, or make a group.</p>
      <Button tone="primary" className="mt-1" onClick={onStart}>
        Start a conversation
      </Button>
    </div>
  );
}

function Unreachable({ onRetry }: { onRetry: () => void }) {
  return (
    <div role="alert" className="flex flex-1 flex-col items-center justify-center gap-3 px-8 pb-20 text-center">
      <p className="font-semibold">Your conversations could not be loaded</p>
      <p className="text-sm text-muted">The server cannot be reached. This page keeps trying.</p>
      <Button onClick={onRetry}>Try now</Button>
    </div>
  );
}
