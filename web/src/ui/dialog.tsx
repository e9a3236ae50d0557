/** A window over the app: centred on a desktop, the whole page on a phone. Focus and Escape are Base UI's; Back closes it. */
import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useLayer } from '../hooks/use-layer.ts';
import { iconButtonClass } from './button.tsx';

interface DialogProps {
  title: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** `side`: along the right edge of a desktop window. */
  place?: 'centre' | 'side';
  children: ReactNode;
}

const PLACES = {
  centre: 'sm:top-[8dvh] sm:left-1/2 sm:h-auto sm:max-h-[84dvh] sm:w-[26rem] sm:-translate-x-1/2 sm:rounded-2xl',
  side: 'sm:inset-y-0 sm:right-0 sm:left-auto sm:w-96',
};

export function Dialog({ title, open, onOpenChange, place = 'centre', children }: DialogProps) {
  useLayer(open, () => onOpenChange(false));
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-20 bg-black/35 transition-opacity data-[ending-style]:opacity-0 data-[starting-style]:opacity-0" />
        <Base.Popup
          className={`fixed inset-0 z-30 flex flex-col overflow-hidden bg-surface shadow-pop outline-none transition-opacity data-[ending-style]:opacity-0 data-[starting-style]:opacity-0 ${PLACES[place]}`}
        >
          <div className="flex items-center justify-between gap-2 py-3 pr-3 pl-5">
            <Base.Title className="truncate text-lg font-semibold">{title}</Base.Title>
            <Base.Close aria-label="Close" title="Close" className={iconButtonClass}>
              <X className="size-5" />
            </Base.Close>
          </div>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
