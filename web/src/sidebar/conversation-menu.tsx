/** The menu of a conversation in the list: by the button that shows on it, a right click, or a long press. */
import { ContextMenu } from '@base-ui/react/context-menu';
import { Menu } from '@base-ui/react/menu';
import { Archive, ArchiveRestore, Bell, BellOff, ChevronDown, ChevronRight, Mail, MailOpen, Pin, PinOff } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ConversationRow } from '../../../protocol/conversations.ts';
import { isMuted, MUTE_CHOICES } from '../lib/mute.ts';
import { menuClass, menuItemClass } from '../ui/menu.ts';
import type { RowActions } from './use-row-actions.ts';

interface ConversationMenuProps {
  row: ConversationRow;
  now: number;
  name: string;
  actions: RowActions;
  children: ReactNode;
}

export function ConversationMenu({ row, now, name, actions, children }: ConversationMenuProps) {
  return (
    <div className="group relative">
      <ContextMenu.Root>
        <ContextMenu.Trigger>{children}</ContextMenu.Trigger>
        <ContextMenu.Portal>
          <ContextMenu.Positioner className="z-20 outline-none">
            <ContextMenu.Popup className={menuClass}>
              <Items row={row} now={now} actions={actions} />
            </ContextMenu.Popup>
          </ContextMenu.Positioner>
        </ContextMenu.Portal>
      </ContextMenu.Root>
      <Menu.Root>
        <Menu.Trigger
          aria-label={`Options for ${name}`}
          title="Options"
          className="absolute right-1.5 bottom-1.5 inline-flex size-8 items-center justify-center rounded-full bg-hover text-muted opacity-0 group-hover:opacity-100 group-has-[[aria-current]]:bg-accent-soft hover:text-ink focus-visible:opacity-100 data-[popup-open]:opacity-100 pointer-coarse:pointer-events-none pointer-coarse:opacity-0"
        >
          <ChevronDown className="size-4" />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner sideOffset={4} align="end" className="z-20 outline-none">
            <Menu.Popup className={menuClass}>
              <Items row={row} now={now} actions={actions} />
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
    </div>
  );
}

function Items({ row, now, actions }: Pick<ConversationMenuProps, 'row' | 'now' | 'actions'>) {
  const isUnread = row.unread_count > 0 || row.marked_unread;
  return (
    <>
      {isUnread ? (
        <Menu.Item className={menuItemClass} onClick={() => actions.markRead(row)}>
          <MailOpen className="size-4" aria-hidden /> Mark as read
        </Menu.Item>
      ) : (
        <Menu.Item className={menuItemClass} onClick={() => actions.change(row, { marked_unread: true })}>
          <Mail className="size-4" aria-hidden /> Mark as unread
        </Menu.Item>
      )}
      <Menu.Item className={menuItemClass} onClick={() => actions.change(row, { pinned: !row.pinned })}>
        {row.pinned ? <PinOff className="size-4" aria-hidden /> : <Pin className="size-4" aria-hidden />}
        {row.pinned ? 'Unpin' : 'Pin to the top'}
      </Menu.Item>
      {isMuted(row.muted_until, now) ? (
        <Menu.Item className={menuItemClass} onClick={() => actions.change(row, { muted_until: null })}>
          <Bell className="size-4" aria-hidden /> Unmute
        </Menu.Item>
      ) : (
        <MuteMenu onMute={(until) => actions.change(row, { muted_until: until })} />
      )}
      <Menu.Item className={menuItemClass} onClick={() => actions.change(row, { archived: !row.archived })}>
        {row.archived ? <ArchiveRestore className="size-4" aria-hidden /> : <Archive className="size-4" aria-hidden />}
        {row.archived ? 'Take out of the archive' : 'Archive'}
      </Menu.Item>
    </>
  );
}

function MuteMenu({ onMute }: { onMute: (until: number) => void }) {
  return (
    <Menu.SubmenuRoot>
      <Menu.SubmenuTrigger className={`${menuItemClass} data-[popup-open]:bg-hover`}>
        <BellOff className="size-4" aria-hidden /> Mute <ChevronRight className="ml-auto size-4 text-muted" aria-hidden />
      </Menu.SubmenuTrigger>
      <Menu.Portal>
        <Menu.Positioner className="z-30 outline-none">
          <Menu.Popup className={menuClass}>
            {MUTE_CHOICES.map(({ label, until }) => (
              <Menu.Item key={label} className={menuItemClass} onClick={() => onMute(until(Date.now()))}>
                {label}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.SubmenuRoot>
  );
}
