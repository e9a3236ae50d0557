/** What waits for an answer, behind one line above the conversations, with a count of its own. */
import { ChevronDown, ChevronRight, MailQuestionMark } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ConversationRow } from '../../../protocol/conversations.ts';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { otherOf, titleOf } from '../lib/people.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Link } from '../ui/link.tsx';

export function RequestList({ requests, selectedId }: { requests: readonly ConversationRow[]; selectedId: string | null }) {
  const isSelected = requests.some(({ conversation_id }) => conversation_id === selectedId);
  const [isOpen, setIsOpen] = useState(isSelected);
  const Chevron = isOpen ? ChevronDown : ChevronRight;
  if (requests.length === 0) return null;
  return (
    <section aria-label="Requests" className="mx-2 mb-1">
      <button
        type="button"
        aria-expanded={isOpen}
        className="flex w-full items-center gap-3 rounded-xl px-3 py-2.5 text-left text-sm font-medium text-muted outline-offset-[-2px] transition-colors hover:bg-hover"
        onClick={() => setIsOpen(!isOpen)}
      >
        <MailQuestionMark className="size-4" aria-hidden />
        <span className="flex-1">Requests ({requests.length > 99 ? '99+' : requests.length})</span>
        <Chevron className="size-4" aria-hidden />
      </button>
      {isOpen ? (
        <ul className="scroll-thin max-h-80 overflow-y-auto">
          {requests.slice(0, SHOWN_MAX).map((row) => (
            <li key={row.conversation_id}>
              <RequestItem row={row} isSelected={row.conversation_id === selectedId} />
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}

/** Those beyond come up when the first are answered. */
const SHOWN_MAX = 100;

function RequestItem({ row, isSelected }: { row: ConversationRow; isSelected: boolean }) {
  const { me, people } = useSignedIn();
  const { known, name } = usePeople();
  const isGroup = row.kind === 'group';
  const from = isGroup ? row.invited_by : otherOf(row.members ?? [], me.user_id);
  useEffect(() => people.want(from === undefined ? [] : [from]), [people, from]);
  const line = isGroup
    ? `${from === undefined ? 'Somebody' : name(from)} invites you`
    : (row.last_message?.content ?? 'Wants to write to you');
  return (
    <Link
      to={{ page: 'conversation', conversationId: row.conversation_id }}
      aria-current={isSelected ? 'page' : undefined}
      className="flex items-center gap-3 rounded-xl px-2.5 py-2.5 outline-offset-[-2px] transition-colors hover:bg-hover aria-[current=page]:bg-accent-soft"
    >
      <Avatar id={isGroup ? row.conversation_id : (from ?? '')} name={titleOf(row, me.user_id, known)} isGroup={isGroup} />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{titleOf(row, me.user_id, known)}</span>
        <span className="block truncate text-sm text-muted">{line}</span>
      </span>
    </Link>
  );
}
