/** All conversations, newest activity first; the page's title counts what is unread in them. */
import { MessagesSquare } from 'lucide-react';
import { useEffect } from 'react';
import { useNow } from '../hooks/use-browser.ts';
import { useObservable } from '../hooks/use-observable.ts';
import { useSignedIn } from '../hooks/use-session.ts';
import { unreadOf } from '../lib/inbox-rows.ts';
import { Button } from '../ui/button.tsx';
import { SkeletonRows } from '../ui/skeleton.tsx';
import { ConversationItem } from './conversation-item.tsx';

export function ConversationList({ selectedId, onStart }: { selectedId: string | null; onStart: () => void }) {
  const { inbox } = useSignedIn();
  const { rows, hasMore, failed } = useObservable(inbox.state);
  const now = useNow();

  const unread = unreadOf(rows ?? [], now);
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Natter` : 'Natter';
  }, [unread]);

  if (rows === null) {
    if (failed) return <Unreachable onRetry={() => void inbox.refresh()} />;
    return <SkeletonRows label="Loading conversations" />;
  }
  if (rows.length === 0) return <NoConversations onStart={onStart} />;
  return (
    <nav
      aria-label="Conversations"
      className="scroll-thin min-h-0 flex-1 overflow-y-auto px-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]"
    >
      {failed ? (
        <p role="status" className="mx-2 mb-1 rounded-lg bg-warn-soft px-3 py-1.5 text-sm text-warn">
          Not up to date: the server cannot be reached.
        </p>
      ) : null}
      <ul className="flex flex-col gap-0.5 pt-1">
        {rows.map((row) => (
          <ConversationItem key={row.conversation_id} row={row} now={now} isSelected={row.conversation_id === selectedId} />
        ))}
      </ul>
      {hasMore ? (
        <Button className="mt-2 w-full" onClick={() => void inbox.loadMore()}>
          Show more
        </Button>
      ) : null}
    </nav>
  );
}

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
