/** Who has read one's message, who has only got it, and who has not got it yet. */
import type { TimelineView } from '@natter/client';
import type { Message } from '../../../protocol/message.ts';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { audienceOf, type Reached } from '../lib/receipts.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DeliveryMark } from './delivery-mark.tsx';

interface AudienceDialogProps {
  message: Message | null;
  view: TimelineView;
  onClose: () => void;
}

export function AudienceDialog({ message, view, onClose }: AudienceDialogProps) {
  return (
    <Dialog title="Who has read it" open={message !== null} onOpenChange={(open) => !open && onClose()}>
      {message === null ? null : <Audience message={message} view={view} />}
    </Dialog>
  );
}

const HEADINGS: Record<Reached, string> = { read: 'Read', delivered: 'Delivered', stored: 'Not delivered yet' };

function Audience({ message, view }: { message: Message; view: TimelineView }) {
  const { me } = useSignedIn();
  const audience = audienceOf(message.message_id, message.sender_id, view.members, view.receipts);
  const shown = (['read', 'delivered', 'stored'] as const).filter((reached) => audience[reached].length > 0);
  return (
    <div className="scroll-thin min-h-0 flex-1 overflow-y-auto px-5 pb-5">
      {message.type === 'text' ? <p className="line-clamp-3 rounded-xl bg-own px-3.5 py-2 break-words">{message.content}</p> : null}
      {shown.map((reached) => (
        <section key={reached} aria-label={HEADINGS[reached]} className="pt-4">
          <h3 className="flex items-center gap-1.5 pb-1 text-sm font-semibold text-muted">
            <DeliveryMark state={reached} /> <span aria-hidden={reached !== 'stored'}>{HEADINGS[reached]}</span> ({audience[reached].length}
            )
          </h3>
          <People ids={audience[reached]} />
        </section>
      ))}
      <p className="pt-4 text-sm text-muted">
        {me.privacy.read_receipts
          ? 'Those who have turned read receipts off are only seen to have got it.'
          : 'You have turned read receipts off, so you do not see who has read your messages.'}
      </p>
    </div>
  );
}

function People({ ids }: { ids: readonly string[] }) {
  const { known, name } = usePeople();
  return (
    <ul>
      {ids.map((id) => (
        <li key={id} className="flex items-center gap-3 py-1.5">
          <Avatar id={id} name={name(id)} url={known(id)?.avatar_url} size="small" />
          <span className="min-w-0 truncate">{name(id)}</span>
        </li>
      ))}
    </ul>
  );
}
