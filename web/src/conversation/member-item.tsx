/** One member of a group, with what the viewer's role allows to do about them. */
import { Menu } from '@base-ui/react/menu';
import { Ellipsis, Shield, UserMinus } from 'lucide-react';
import type { Role } from '../../../protocol/message.ts';
import type { Member } from '../../../protocol/server-frames.ts';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { Avatar } from '../ui/avatar.tsx';
import { iconButtonClass } from '../ui/button.tsx';
import { MenuItem, MenuPanel } from '../ui/menu.tsx';
import { PresenceDot } from '../ui/presence-dot.tsx';

interface MemberItemProps {
  member: Member;
  ownRole: Role;
  onRemove: () => void;
  onRole: (role: Role) => void;
}

export function MemberItem({ member, ownRole, onRemove, onRole }: MemberItemProps) {
  const { me } = useSignedIn();
  const { known, name } = usePeople();
  const person = known(member.user_id);
  const isMe = member.user_id === me.user_id;
  const mayManage = !isMe && (ownRole === 'owner' || (ownRole === 'admin' && member.role !== 'owner'));
  return (
    <li className="flex items-center gap-3 rounded-xl px-2 py-2">
      <span className="relative">
        <Avatar id={member.user_id} name={name(member.user_id)} url={person?.avatar_url} />
        <PresenceDot userId={isMe ? undefined : member.user_id} />
      </span>
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">
          {name(member.user_id)}
          {isMe ? <span className="text-muted"> (you)</span> : null}
        </p>
        {person?.username ? <p className="truncate text-sm text-muted">@{person.username}</p> : null}
      </div>
      {member.role === 'member' ? null : (
        <span className="rounded-full bg-accent-soft px-2 py-0.5 text-xs font-medium text-accent">
          {member.role === 'owner' ? 'Owner' : 'Admin'}
        </span>
      )}
      {mayManage ? (
        <Menu.Root>
          <Menu.Trigger aria-label={`Manage ${name(member.user_id)}`} className={iconButtonClass}>
            <Ellipsis className="size-5" />
          </Menu.Trigger>
          <MenuPanel layer="z-40" sideOffset={4} align="end">
            {member.role === 'owner' ? null : (
              <MenuItem
                icon={Shield}
                text={member.role === 'admin' ? 'Take the admin role away' : 'Make an admin'}
                onClick={() => onRole(member.role === 'admin' ? 'member' : 'admin')}
              />
            )}
            <MenuItem icon={UserMinus} text="Remove from the group" isDanger onClick={onRemove} />
          </MenuPanel>
        </Menu.Root>
      ) : null}
    </li>
  );
}
