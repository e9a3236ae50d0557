/** The app of somebody signed in: the list and a conversation side by side, on a phone one after the other. */
import { MessageCircle } from 'lucide-react';
import { ConversationPane } from './conversation/conversation-pane.tsx';
import { useRoute } from './hooks/use-route.ts';
import { SignedInContext } from './hooks/use-session.ts';
import type { SignedIn } from './session/signed-in.ts';
import { Sidebar } from './sidebar/sidebar.tsx';
import { BrokenPart, ErrorBoundary } from './ui/error-boundary.tsx';
import { Link } from './ui/link.tsx';
import { useBadge } from './hooks/use-badge.ts';
import { useRequest } from './hooks/use-inbox.ts';
import { RequestPane } from './requests/request-pane.tsx';
import { useConnected } from './hooks/use-connected.ts';
import { useNotified } from './hooks/use-notified.ts';
import { useTurn } from './hooks/use-turn.ts';
import { Starting } from './starting.tsx';

export function ChatScreen({ signedIn }: { signedIn: SignedIn }) {
  const hasBegun = useTurn(signedIn);
  return <SignedInContext value={signedIn}>{hasBegun ? <Screen /> : <Starting />}</SignedInContext>;
}

function Screen() {
  const route = useRoute();
  const selectedId = route.page === 'conversation' ? route.conversationId : null;
  useConnected();
  useNotified();
  useBadge();
  return (
    <div className="flex h-dvh overflow-hidden">
      <aside
        aria-label="All conversations"
        className={`${selectedId === null ? 'flex' : 'hidden md:flex'} w-full shrink-0 flex-col border-line bg-surface md:w-80 md:border-r lg:w-92`}
      >
        <ErrorBoundary fallback={<BrokenPart title="Your conversations can’t be shown" />}>
          <Sidebar selectedId={selectedId} />
        </ErrorBoundary>
      </aside>
      <main className={`${selectedId === null ? 'hidden md:flex' : 'flex'} min-w-0 flex-1 flex-col`}>
        {selectedId === null ? (
          <NothingChosen />
        ) : (
          <ErrorBoundary key={selectedId} fallback={<BrokenConversation />}>
            <Chosen conversationId={selectedId} />
          </ErrorBoundary>
        )}
      </main>
    </div>
  );
}

/** What waits for an answer is not opened: its socket would be one of a member. */
function Chosen({ conversationId }: { conversationId: string }) {
  const request = useRequest(conversationId);
  return request === undefined ? <ConversationPane conversationId={conversationId} /> : <RequestPane row={request} />;
}

const BrokenConversation = () => (
  <BrokenPart title="This conversation can’t be shown">
    <Link to={{ page: 'list' }} className="rounded font-semibold text-accent underline-offset-4 hover:underline md:hidden">
      To your conversations
    </Link>
  </BrokenPart>
);

const NothingChosen = () => (
  <div className="flex flex-1 flex-col items-center justify-center gap-3 px-8 text-center">
    <MessageCircle className="size-12 text-accent" strokeWidth={1.25} aria-hidden />
    <p className="text-lg font-semibold">Your conversations open here</p>
    <p className="max-w-xs text-balance text-muted">Choose one from the list, or start a new one with the pen above it.</p>
  </div>
);
