/** Who is invited to a group and has not joined: asked for when the panel opens, since the log does not tell of it. */
import { X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { asked } from '../session/asked.ts';
import { Avatar } from '../ui/avatar.tsx';
import { iconButtonClass } from '../ui/button.tsx';

interface InvitedPeopleProps {
  conversationId: string;
  /** Asked anew when this changes: somebody may have joined. */
  memberCount: number;
  /** Absent: one may not take an invitation back. */
  onWithdraw: ((userId: string) => Promise<boolean>) | undefined;
}

export function InvitedPeople({ conversationId, memberCount, onWithdraw }: InvitedPeopleProps) {
  const { client, people } = useSignedIn();
  const { known, name } = usePeople();
  const [invited, setInvited] = useState<readonly string[]>([]);
  useEffect(() => {
    let current = true;
    void asked(client.api.describe(conversationId)).then((answer) => {
      if (!current || !answer.ok) return;
      people.want(answer.value.invited);
      setInvited(answer.value.invited);
    });
    return () => {
      current = false;
    };
  }, [client, people, conversationId, memberCount]);

  async function withdraw(userId: string): Promise<void> {
    if (await onWithdraw?.(userId)) setInvited((before) => before.filter((id) => id !== userId));
  }
  if (invited.length === 0) return null;
  return (
    <section aria-labelledby="invited-people" className="px-3 pb-2">
      <h3 id="invited-people" className="px-2 pb-1 text-sm font-semibold text-muted">
        Invited
      </h3>
      <ul>
        {invited.map((id) => (
          <li key={id} className="flex items-center gap-3 rounded-xl px-2 py-2">
            <Avatar id={id} name={name(id)} url={known(id)?.avatar_url} />
            <p className="min-w-0 flex-1 truncate text-muted">{name(id)}</p>
            {onWithdraw === undefined ? null : (
              <button
                type="button"
                aria-label={`Withdraw ${name(id)}’s invitation`}
                className={iconButtonClass}
                onClick={() => void withdraw(id)}
              >
                <X className="size-5" aria-hidden />
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
