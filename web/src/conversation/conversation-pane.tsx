/** One conversation: what it is called, what was said, and the place to write. Connected as long as it is shown. */
import { useEffect, useMemo, useState } from 'react';
import { useObservable } from '../hooks/use-observable.ts';
import { useSession, useSignedIn } from '../hooks/use-session.ts';
import { peopleIn } from '../lib/notices.ts';
import { Confirmation } from '../ui/confirmation.tsx';
import { SkeletonMessages } from '../ui/skeleton.tsx';
import { Announcer } from './announcer.tsx';
import { AudienceDialog } from './audience-dialog.tsx';
import { Composer, COMPOSER_ID } from './composer.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { ConversationHeader } from './conversation-header.tsx';
import { MembersPanel } from './members-panel.tsx';
import { MessageList } from './message-list.tsx';
import { NotThere } from './not-there.tsx';
import { useActions } from './use-actions.ts';
import { useConversationInfo } from './use-conversation-info.ts';

export function ConversationPane({ conversationId }: { conversationId: string }) {
  const session = useSession();
  const { client, conversations, people } = useSignedIn();
  const handle = useMemo(() => client.conversation(conversationId), [client, conversationId]);
  const view = useObservable(handle.timeline);
  const status = useObservable(handle.status);
  const info = useConversationInfo(conversationId, view);
  const actions = useActions(handle);
  const [showMembers, setShowMembers] = useState(false);

  useEffect(() => conversations.show(handle), [conversations, handle]);
  useEffect(() => {
    people.want(view.members.map((member) => member.user_id));
    people.want(view.entries.flatMap((entry) => (entry.kind === 'message' ? peopleIn(entry.message) : [])));
  }, [people, view.members, view.entries]);
  useEffect(() => {
    if (status.reason === 'unauthenticated' || status.reason === 'other_user') void session.refresh();
  }, [session, status.reason]);

  if (info === null || (status.reason === 'not_a_member' && view.entries.length === 0)) return <NotThere />;
  const isLoading = view.entries.length === 0 && (view.catchingUp || status.state !== 'online') && status.state !== 'ended';
  return (
    <section aria-label={info?.title ?? 'Conversation'} className="flex min-h-0 flex-1 flex-col">
      <SkipToComposer />
      <ConversationHeader info={info} view={view} onMembers={() => setShowMembers(true)} />
      <ConnectionBanner status={status} onReopen={() => handle.open()} />
      {isLoading ? <SkeletonMessages /> : <MessageList handle={handle} view={view} info={info} actions={actions} />}
      <Announcer view={view} />
      <Composer
        handle={handle}
        view={view}
        actions={actions}
        isGroup={info?.kind === 'group'}
        isEnded={status.state === 'ended' && status.reason !== 'replaced'}
      />
      {info?.kind === 'group' ? <MembersPanel info={info} view={view} open={showMembers} onOpenChange={setShowMembers} /> : null}
      <AudienceDialog message={actions.audienceOf} view={view} onClose={actions.hideAudience} />
      <Confirmation
        open={actions.deleting !== null}
        title="Delete this message?"
        text="It disappears for everybody in this conversation, and cannot be brought back."
        action="Delete"
        onConfirm={actions.confirmDeletion}
        onClose={actions.cancelDeletion}
      />
    </section>
  );
}

/** Past all the messages and their buttons, for those who go by keyboard. */
const SkipToComposer = () => (
  <button
    type="button"
    className="sr-only z-10 rounded-full bg-raised px-4 py-2 text-sm font-medium shadow-pop focus-visible:not-sr-only focus-visible:absolute focus-visible:m-2"
    onClick={() => document.getElementById(COMPOSER_ID)?.focus()}
  >
    Go to where you write
  </button>
);
