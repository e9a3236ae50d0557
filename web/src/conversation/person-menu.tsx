/** What one can do about the other of a direct conversation: keep them in the contacts, or block them. */
import { Menu } from '@base-ui/react/menu';
import { Ban, EllipsisVertical, UserMinus, UserPlus } from 'lucide-react';
import { useState } from 'react';
import type { Outcome } from '../../../protocol/outcome.ts';
import { useObservable } from '../hooks/use-observable.ts';
import { useSignedIn } from '../hooks/use-session.ts';
import { iconButtonClass } from '../ui/button.tsx';
import { Confirmation } from '../ui/confirmation.tsx';
import { MenuItem, MenuPanel } from '../ui/menu.tsx';

interface PersonMenuProps {
  userId: string;
  name: string;
  onFailure: (text: string | null) => void;
}

export function PersonMenu({ userId, name, onFailure }: PersonMenuProps) {
  const { relations } = useSignedIn();
  const contacts = useObservable(relations.contacts);
  const isBlocked = useObservable(relations.blocked)?.has(userId) === true;
  const [isBlocking, setIsBlocking] = useState(false);
  const isContact = contacts?.has(userId) === true;

  async function attempt(answer: Promise<Outcome<null>>): Promise<void> {
    const outcome = await answer;
    onFailure(outcome.ok ? null : outcome.refusal.detail);
  }

  return (
    <>
      <Menu.Root onOpenChange={(open) => open && void attempt(relations.load())}>
        <Menu.Trigger aria-label={`About ${name}`} title="About this person" className={iconButtonClass}>
          <EllipsisVertical className="size-5" />
        </Menu.Trigger>
        <MenuPanel sideOffset={4} align="end">
          <MenuItem
            icon={isContact ? UserMinus : UserPlus}
            text={isContact ? 'Remove from contacts' : 'Add to contacts'}
            disabled={contacts === null}
            className="data-[disabled]:opacity-50"
            onClick={() => void attempt(relations.setContact(userId, !isContact))}
          />
          {isBlocked ? (
            <MenuItem icon={Ban} text="Unblock" onClick={() => void attempt(relations.setBlocked(userId, false))} />
          ) : (
            <MenuItem icon={Ban} text="Block" isDanger onClick={() => setIsBlocking(true)} />
          )}
        </MenuPanel>
      </Menu.Root>
      <Confirmation
        open={isBlocking}
        title={`Block ${name}?`}
        text="They can no longer write to you here, nor see whether you are online. What was written stays."
        action="Block"
        onConfirm={() => void attempt(relations.setBlocked(userId, true))}
        onClose={() => setIsBlocking(false)}
      />
    </>
  );
}
