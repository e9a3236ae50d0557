/** The menu of a conversation in the list: by the button that shows on it, a right click, or a long press. */
import { ContextMenu } from '@base-ui/react/context-menu';
import { Menu } from '@base-ui/react/menu';
import { Archive, ArchiveRestore, Bell, BellOff, ChevronDown, ChevronRight, Mail, MailOpen, Pin, PinOff } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ConversationRow } from '../../../protocol/conversations.ts';
import { isMuted, MUTE_CHOICES } from '../lib/mute.ts';
import { MenuItem, menuItemClass, MenuPanel } from '../ui/menu.tsx';
import type { RowActions } from './use-row-actions.ts';

interface ConversationMenuProps {
  row: ConversationRow;
  now: number;
  name: string;
  actions: RowActions;
  children: ReactNode;
}

export function ConversationMenu({ row, now, name, actions, children }: ConversationMenuProps) {
  const items = <Items row={row} now={now} actions={actions} />;
  return (
    <div className="group relative">
      <ContextMenu.Root>
        <ContextMenu.Trigger>{children}</ContextMenu.Trigger>
        <MenuPanel>{items}</MenuPanel>
      </ContextMenu.Root>
      <Menu.Root>
        <Menu.Trigger
          aria-label={`Options for ${name}`}
          title="Options"
          className="absolute right-1.5 bottom-1.5 inline-flex size-8 items-center justify-center rounded-full bg-hover text-muted opacity-0 group-hover:opacity-100 group-has-[[aria-current]]:bg-accent-soft hover:text-ink focus-visible:opacity-100 data-[popup-open]:opacity-100 pointer-coarse:pointer-events-none pointer-coarse:opacity-0"
        >
          <ChevronDown className="size-4" />
        </Menu.Trigger>
        <MenuPanel sideOffset={4} align="end">
          {items}
        </MenuPanel>
      </Menu.Root>
    </div>
  );
}

function Items({ row, now, actions }: Pick<ConversationMenuProps, 'row' | 'now' | 'actions'>) {
  const isUnread = row.unread_count > 0 || row.marked_unread;
  return (
    <>
      {isUnread ? (
        <MenuItem icon={MailOpen} text="Mark as read" onClick={() => actions.markRead(row)} />
      ) : (
        <MenuItem icon={Mail} text="Mark as unread" onClick={() => actions.change(row, { marked_unread: true })} />
      )}
      <MenuItem
        icon={row.pinned ? PinOff : Pin}
        text={row.pinned ? 'Unpin' : 'Pin to the top'}
        onClick={() => actions.change(row, { pinned: !row.pinned })}
      />
      {isMuted(row.muted_until, now) ? (
        <MenuItem icon={Bell} text="Unmute" onClick={() => actions.change(row, { muted_until: null })} />
      ) : (
        <MuteMenu onMute={(until) => actions.change(row, { muted_until: until })} />
      )}
      <MenuItem
        icon={row.archived ? ArchiveRestore : Archive}
        text={row.archived ? 'Take out of the archive' : 'Archive'}
        onClick={() => actions.change(row, { archived: !row.archived })}
      />
    </>
  );
}

function MuteMenu({ onMute }: { onMute: (until: number) => void }) {
  return (
    <Menu.SubmenuRoot>
      <Menu.SubmenuTrigger className={`${menuItemClass} data-[popup-open]:bg-hover`}>
        <BellOff className="size-4" aria-hidden /> Mute <ChevronRight className="ml-auto size-4 text-muted" aria-hidden />
      </Menu.SubmenuTrigger>
      <MenuPanel layer="z-30">
        {MUTE_CHOICES.map(({ label, until }) => (
          <MenuItem key={label} text={label} onClick={() => onMute(until(Date.now()))} />
        ))}
      </MenuPanel>
    </Menu.SubmenuRoot>
  );
}
