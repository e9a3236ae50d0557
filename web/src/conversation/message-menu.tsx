/** What can be done with a message: at hand beside it, on a phone behind one button. */
import { Menu } from '@base-ui/react/menu';
import { CheckCheck, Copy, Ellipsis, Pencil, Reply, Trash2 } from 'lucide-react';
import type { Message } from '../../../protocol/message.ts';
import type { Member } from '../../../protocol/server-frames.ts';
import { useSignedIn } from '../hooks/use-session.ts';
import { QUICK_EMOJIS } from '../lib/emoji.ts';
import { MenuItem, MenuPanel } from '../ui/menu.tsx';
import type { MessageActions } from './use-actions.ts';

interface MessageMenuProps {
  message: Message;
  isOwn: boolean;
  isGroup: boolean;
  members: readonly Member[];
  actions: MessageActions;
}

const toolClass =
  'inline-flex size-8 shrink-0 items-center justify-center rounded-full text-muted transition-colors hover:bg-line hover:text-ink data-[popup-open]:bg-line';

export function MessageMenu({ message, isOwn, isGroup, members, actions }: MessageMenuProps) {
  const { me } = useSignedIn();
  const role = members.find((member) => member.user_id === me.user_id)?.role;
  const mayDelete = isOwn || (isGroup && (role === 'owner' || role === 'admin'));
  const isText = message.type === 'text';
  const mine = new Set(message.reactions?.filter((one) => one.user_ids.includes(me.user_id)).map((one) => one.emoji));

  return (
    <div className="flex shrink-0 opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 has-[[data-popup-open]]:opacity-100 pointer-coarse:opacity-100">
      <button
        type="button"
        aria-label="Reply"
        title="Reply"
        className={`${toolClass} pointer-coarse:hidden`}
        onClick={() => actions.reply(message)}
      >
        <Reply className="size-4" />
      </button>
      <Menu.Root>
        <Menu.Trigger aria-label="React and more" title="React and more" className={toolClass}>
          <Ellipsis className="size-4" />
        </Menu.Trigger>
        <MenuPanel sideOffset={4} align={isOwn ? 'end' : 'start'}>
          <Menu.Group aria-label="React" className="flex gap-0.5 border-b border-line p-1 pb-1.5">
            {QUICK_EMOJIS.map((emoji) => (
              <Menu.Item
                key={emoji}
                aria-label={mine.has(emoji) ? `Take ${emoji} off` : `React with ${emoji}`}
                className={`flex size-9 cursor-pointer items-center justify-center rounded-full font-emoji text-xl outline-none select-none data-[highlighted]:bg-hover ${mine.has(emoji) ? 'bg-accent-soft' : ''}`}
                onClick={() => actions.toggleReaction(message, emoji)}
              >
                {emoji}
              </Menu.Item>
            ))}
          </Menu.Group>
          <MenuItem icon={Reply} text="Reply" className="mt-1" onClick={() => actions.reply(message)} />
          {isText ? <MenuItem icon={Copy} text="Copy text" onClick={() => actions.copy(message.content)} /> : null}
          {isOwn ? <MenuItem icon={CheckCheck} text="Who has read it" onClick={() => actions.showAudience(message)} /> : null}
          {isOwn && isText ? <MenuItem icon={Pencil} text="Edit" onClick={() => actions.edit(message)} /> : null}
          {mayDelete ? <MenuItem icon={Trash2} text="Delete" isDanger onClick={() => actions.askDeletion(message)} /> : null}
        </MenuPanel>
      </Menu.Root>
    </div>
  );
}
