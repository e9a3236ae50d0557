/** Who one is talking to and whether they are writing, the way back on a phone, the members of a group, what to do about a person. */
import type { TimelineView } from '@natter/client';
import { ArrowLeft, Users } from 'lucide-react';
import { useState } from 'react';
import { calendar, useNow } from '../hooks/use-browser.ts';
import { usePresence } from '../hooks/use-presence.ts';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { typingLine } from '../lib/notices.ts';
import { firstNameOf, listNames } from '../lib/people.ts';
import { presenceLine } from '../lib/presence.ts';
import { Avatar } from '../ui/avatar.tsx';
import { IconButton, iconButtonClass } from '../ui/button.tsx';
import { Link } from '../ui/link.tsx';
import { PresenceDot } from '../ui/presence-dot.tsx';
import { PersonMenu } from './person-menu.tsx';
import type { ConversationInfo } from './use-conversation-info.ts';

interface ConversationHeaderProps {
  info: ConversationInfo | undefined;
  view: TimelineView;
  onMembers: () => void;
}

export function ConversationHeader({ info, view, onMembers }: ConversationHeaderProps) {
  const isGroup = info?.kind === 'group';
  const [failure, setFailure] = useState<string | null>(null);
  return (
    <header className="flex flex-wrap items-center gap-3 border-b border-line bg-surface px-2 pt-[max(0.625rem,env(safe-area-inset-top))] pb-2.5 sm:px-4">
      <Link to={{ page: 'list' }} aria-label="Back to all conversations" className={`${iconButtonClass} -mr-2 md:hidden`}>
        <ArrowLeft className="size-5" />
      </Link>
      <span className="relative">
        <Avatar id={info?.avatarId ?? ''} name={info?.title} url={info?.avatarUrl} isGroup={isGroup} />
        <PresenceDot userId={info?.other} />
      </span>
      <div className="min-w-0 flex-1">
        {info?.title === undefined ? (
          <div className="h-4 w-36 animate-pulse rounded-full bg-line" />
        ) : (
          <h2 className="truncate font-semibold">{info.title}</h2>
        )}
        <Subtitle info={info} view={view} />
      </div>
      {isGroup ? (
        <IconButton label="Members" onClick={onMembers}>
          <Users className="size-5" />
        </IconButton>
      ) : info?.other === undefined ? null : (
        <PersonMenu userId={info.other} name={info.title ?? 'this person'} onFailure={setFailure} />
      )}
      <div role="alert" className="basis-full empty:hidden">
        {failure === null ? null : <p className="rounded-lg bg-danger-soft px-3 py-1.5 text-sm text-danger">{failure}</p>}
      </div>
    </header>
  );
}

function Subtitle({ info, view }: Omit<ConversationHeaderProps, 'onMembers'>) {
  const { me } = useSignedIn();
  const { known, name } = usePeople();
  const presence = presenceLine(usePresence(info?.other), useNow(), calendar);
  const typing = view.typing
    .filter((one) => one.user_id !== me.user_id)
    .map((one) => ({ name: firstNameOf(name(one.user_id)), what: one.what }));
  if (typing.length > 0) return <p className="truncate text-sm text-accent">{typingLine(typing)}</p>;
  if (info === undefined) return null;
  if (info.kind === 'direct') {
    const username = known(info.avatarId)?.username;
    const text = presence === '' && username ? `@${username}` : presence;
    return text === '' ? null : <p className="truncate text-sm text-muted">{text}</p>;
  }
  if (view.members.length === 0) return null;
  const names = view.members.filter((member) => member.user_id !== me.user_id).map((member) => firstNameOf(name(member.user_id)));
  return <p className="truncate text-sm text-muted">{listNames(['You', ...names], 4)}</p>;
}
