/** Above the composer: what is being answered or changed, and what did not work. */
import { Pencil, Reply, TriangleAlert, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { nameOfType } from '../lib/notices.ts';
import { IconButton } from '../ui/button.tsx';
import type { Actions } from './use-actions.ts';

export function ComposerContext({ actions, isTooLong }: { actions: Actions; isTooLong: boolean }) {
  const { me } = useSignedIn();
  const { name } = usePeople();
  const { mode, failure } = actions;
  const quoted = mode.kind === 'new' ? null : mode.message;
  const text = quoted === null ? '' : quoted.type === 'text' ? quoted.content : nameOfType(quoted.type);
  return (
    <>
      <div role="alert">
        {isTooLong ? (
          <Strip icon={<TriangleAlert className="size-4 text-danger" aria-hidden />}>
            <p className="text-danger">This is too long for one message. Send it in parts.</p>
          </Strip>
        ) : null}
        {failure === null ? null : (
          <Strip icon={<TriangleAlert className="size-4 text-danger" aria-hidden />} onClose={{ label: 'Dismiss', run: actions.dismiss }}>
            <p className="text-danger">{failure}</p>
          </Strip>
        )}
      </div>
      {quoted === null ? null : (
        <Strip
          icon={
            mode.kind === 'edit' ? (
              <Pencil className="size-4 text-accent" aria-hidden />
            ) : (
              <Reply className="size-4 text-accent" aria-hidden />
            )
          }
          onClose={{ label: mode.kind === 'edit' ? 'Stop changing it' : 'Do not reply', run: actions.reset }}
        >
          <p className="font-semibold text-accent">
            {mode.kind === 'edit'
              ? 'Changing your message'
              : `Replying to ${quoted.sender_id === me.user_id ? 'yourself' : name(quoted.sender_id)}`}
          </p>
          <p className="truncate text-muted">{text}</p>
        </Strip>
      )}
    </>
  );
}

interface StripProps {
  icon: ReactNode;
  children: ReactNode;
  onClose?: { label: string; run: () => void };
}

function Strip({ icon, children, onClose }: StripProps) {
  return (
    <div className="mb-1.5 flex items-center gap-3 rounded-2xl bg-sunken py-1.5 pr-1 pl-4 text-sm">
      {icon}
      <div className="min-w-0 flex-1 py-1">{children}</div>
      {onClose ? (
        <IconButton label={onClose.label} onClick={onClose.run}>
          <X className="size-4" />
        </IconButton>
      ) : null}
    </div>
  );
}
