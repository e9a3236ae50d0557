/** Asks once more before something that cannot be taken back. */
import { AlertDialog } from '@base-ui/react/alert-dialog';
import { useLayer } from '../hooks/use-layer.ts';

interface ConfirmationProps {
  open: boolean;
  title: string;
  text: string;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
}

const buttonClass = 'inline-flex min-h-10 items-center rounded-xl px-4 py-2 text-sm font-semibold transition-colors';

export function Confirmation({ open, title, text, action, onConfirm, onClose }: ConfirmationProps) {
  useLayer(open, onClose);
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="fixed inset-0 z-40 bg-black/35 transition-opacity data-[ending-style]:opacity-0 data-[starting-style]:opacity-0" />
        <AlertDialog.Popup className="fixed top-1/2 left-1/2 z-50 w-[min(24rem,calc(100vw-2rem))] -translate-1/2 animate-pop rounded-2xl bg-raised p-5 shadow-pop outline-none">
          <AlertDialog.Title className="text-lg font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description className="mt-1.5 text-muted">{text}</AlertDialog.Description>
          <div className="mt-5 flex justify-end gap-2">
            <AlertDialog.Close className={`${buttonClass} bg-sunken hover:bg-line`}>Cancel</AlertDialog.Close>
            <AlertDialog.Close className={`${buttonClass} bg-danger text-white dark:text-black`} onClick={onConfirm}>
              {action}
            </AlertDialog.Close>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
