/** How every menu looks: the panel and what can be chosen in it. What opens it, a button or a right click, is the caller's. */
import { Menu } from '@base-ui/react/menu';
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

interface MenuPanelProps extends Pick<Menu.Positioner.Props, 'sideOffset' | 'align'> {
  /** Higher for a menu that opens over another one or over a dialog. */
  layer?: 'z-20' | 'z-30' | 'z-40';
  children: ReactNode;
}

export function MenuPanel({ layer = 'z-20', children, ...place }: MenuPanelProps) {
  return (
    <Menu.Portal>
      <Menu.Positioner {...place} className={`${layer} outline-none`}>
        <Menu.Popup className="max-w-72 min-w-44 origin-[var(--transform-origin)] animate-pop rounded-xl border border-line bg-raised p-1 shadow-pop outline-none">
          {children}
        </Menu.Popup>
      </Menu.Positioner>
    </Menu.Portal>
  );
}

const itemClass = 'flex cursor-pointer items-center gap-2.5 rounded-lg px-3 py-2 text-sm outline-none select-none';
const dangerItemClass = `${itemClass} text-danger data-[highlighted]:bg-danger-soft`;
export const menuItemClass = `${itemClass} data-[highlighted]:bg-hover`;

interface MenuItemProps extends Pick<Menu.Item.Props, 'disabled' | 'closeOnClick' | 'onClick'> {
  icon?: LucideIcon;
  text: string;
  isDanger?: boolean;
  className?: string;
}

export function MenuItem({ icon: Icon, text, isDanger = false, className = '', ...rest }: MenuItemProps) {
  return (
    <Menu.Item {...rest} className={`${isDanger ? dangerItemClass : menuItemClass} ${className}`}>
      {Icon === undefined ? null : <Icon className="size-4" aria-hidden />}
      {text}
    </Menu.Item>
  );
}
