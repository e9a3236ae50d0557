/** What waits for an answer, opened: a message request with its text, or an invitation to a group. Nothing here is connected, so nobody is told that it was looked at. */
import type { ConversationRow } from '../../../protocol/conversations.ts';
import { ArrowLeft } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { navigate } from '../hooks/use-route.ts';
import { membersLine, otherOf, titleOf } from '../lib/people.ts';
import { asked } from '../session/asked.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button, iconButtonClass } from '../ui/button.tsx';
import { Confirmation } from '../ui/confirmation.tsx';
import { Failure } from '../ui/failure.tsx';
import { Link } from '../ui/link.tsx';
import { RequestMessages } from './request-messages.tsx';

export function RequestPane({ row }: { row: ConversationRow }) {
  const { me, people } = useSignedIn();
  const { known } = usePeople();
  const isGroup = row.kind === 'group';
  const from = isGroup ? row.invited_by : otherOf(row.members ?? [], me.user_id);
  useEffect(() => people.want(from === undefined ? [] : [from]), [people, from]);
  const title = titleOf(row, me.user_id, known);
  // No pictures: to load one tells a stranger's server that somebody looks.
  return (
    <section aria-label={title ?? 'Request'} className="flex min-h-0 flex-1 flex-col">
      <header className="flex items-center gap-3 border-b border-line bg-surface px-2 pt-[max(0.625rem,env(safe-area-inset-top))] pb-2.5 sm:px-4">
        <Link to={{ page: 'list' }} aria-label="Back to all conversations" className={`${iconButtonClass} -mr-2 md:hidden`}>
          <ArrowLeft className="size-5" />
        </Link>
        <Avatar id={isGroup ? row.conversation_id : (from ?? '')} name={title} isGroup={isGroup} />
        <div className="min-w-0 flex-1">
          <h2 className="truncate font-semibold">{title}</h2>
          {isGroup ? <p className="truncate text-sm text-muted">{membersLine(row.member_count ?? 0)}</p> : null}
        </div>
      </header>
      {isGroup ? <div className="flex-1" /> : <RequestMessages row={row} />}
      {isGroup ? <Invitation row={row} from={from} /> : <MessageRequest row={row} from={from} />}
    </section>
  );
}

interface AnswerProps {
  row: ConversationRow;
  from: string | undefined;
}

function MessageRequest({ row, from }: AnswerProps) {
  const { client } = useSignedIn();
  const { name } = usePeople();
  const { isBusy, failure, answer } = useAnswer();
  const id = row.conversation_id;
  const who = from === undefined ? 'This person' : name(from);
  return (
    <Answers text={`${who} wants to write to you. They can’t see that you have read this until you accept.`} failure={failure}>
      <BlockButton
        who={who}
        text="Block"
        disabled={isBusy}
        onBlock={() => answer(() => client.api.deleteRequest(id, { block: true }), true)}
      />
      <Button disabled={isBusy} onClick={() => answer(() => client.api.deleteRequest(id), true)}>
        Delete
      </Button>
      <Button tone="primary" disabled={isBusy} onClick={() => answer(() => client.api.accept(id), false)}>
        Accept
      </Button>
    </Answers>
  );
}

function Invitation({ row, from }: AnswerProps) {
  const { client, relations } = useSignedIn();
  const { name } = usePeople();
  const { isBusy, failure, answer } = useAnswer();
  const id = row.conversation_id;
  const who = from === undefined ? 'Somebody' : name(from);
  async function blockAndDecline(): Promise<void> {
    if (from !== undefined) await relations.setBlocked(from, true);
    await client.api.decline(id);
  }
  return (
    <Answers text={`${who} invites you to this group. You see what is written once you have joined.`} failure={failure}>
      {from === undefined ? null : (
        <BlockButton who={who} text={`Block ${who}`} disabled={isBusy} onBlock={() => answer(blockAndDecline, true)} />
      )}
      <Button disabled={isBusy} onClick={() => answer(() => client.api.decline(id), true)}>
        Decline
      </Button>
      <Button tone="primary" disabled={isBusy} onClick={() => answer(() => client.api.join(id), false)}>
        Join
      </Button>
    </Answers>
  );
}

function BlockButton({ who, text, disabled, onBlock }: { who: string; text: string; disabled: boolean; onBlock: () => void }) {
  const [isAsking, setIsAsking] = useState(false);
  return (
    <>
      <Button tone="danger" disabled={disabled} onClick={() => setIsAsking(true)}>
        {text}
      </Button>
      <Confirmation
        open={isAsking}
        title={`Block ${who}?`}
        text="They can no longer write to you or add you to groups, and are not told."
        action="Block"
        onConfirm={onBlock}
        onClose={() => setIsAsking(false)}
      />
    </>
  );
}

const Answers = ({ text, failure, children }: { text: string; failure: string | null; children: ReactNode }) => (
  <footer className="flex flex-col items-center gap-3 border-t border-line bg-surface px-4 pt-4 pb-[max(1rem,env(safe-area-inset-bottom))] text-center">
    <p className="max-w-md text-sm text-balance text-muted">{text}</p>
    <Failure text={failure} />
    <div className="flex flex-wrap justify-center gap-2">{children}</div>
  </footer>
);

/** Once it is answered the inbox says what it is now; what is gone is left. */
function useAnswer() {
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  async function run(work: () => Promise<unknown>, leaves: boolean): Promise<void> {
    setIsBusy(true);
    const outcome = await asked(work());
    setIsBusy(false);
    setFailure(outcome.ok ? null : outcome.refusal.detail);
    if (outcome.ok && leaves) navigate({ page: 'list' });
  }
  return { isBusy, failure, answer: (work: () => Promise<unknown>, leaves: boolean) => void run(work, leaves) };
}
