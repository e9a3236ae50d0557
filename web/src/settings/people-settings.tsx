/** The people that privacy is about: the contacts, and those who are blocked. */
import { useEffect, useState } from 'react';
import type { Outcome } from '../../../protocol/outcome.ts';
import { useObservable } from '../hooks/use-observable.ts';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button } from '../ui/button.tsx';
import { Failure } from '../ui/failure.tsx';

export function PeopleSettings() {
  const { relations } = useSignedIn();
  const contacts = useObservable(relations.contacts);
  const blocked = useObservable(relations.blocked);
  const [failure, setFailure] = useState<string | null>(null);

  async function attempt(answer: Promise<Outcome<null>>): Promise<void> {
    const outcome = await answer;
    setFailure(outcome.ok ? null : outcome.refusal.detail);
  }
  useEffect(() => void attempt(relations.load()), [relations]);

  return (
    <>
      <Failure text={failure} />
      <PersonList
        title="Contacts"
        hint="Add somebody from the menu of your conversation with them."
        ids={contacts ?? new Set()}
        action="Remove"
        onAction={(id) => void attempt(relations.setContact(id, false))}
      />
      {blocked === null || blocked.size === 0 ? null : (
        <PersonList
          title="Blocked"
          hint="They cannot write to you alone, nor see whether you are online."
          ids={blocked}
          action="Unblock"
          onAction={(id) => void attempt(relations.setBlocked(id, false))}
        />
      )}
    </>
  );
}

interface PersonListProps {
  title: string;
  hint: string;
  ids: ReadonlySet<string>;
  action: string;
  onAction: (id: string) => void;
}

function PersonList({ title, hint, ids, action, onAction }: PersonListProps) {
  const { known, name } = usePeople();
  return (
    <section aria-label={title}>
      <h3 className="font-medium">{title}</h3>
      <p className="text-sm text-muted">{hint}</p>
      <ul className="divide-y divide-line">
        {[...ids]
          .toSorted((one, other) => name(one).localeCompare(name(other)))
          .map((id) => (
            <li key={id} className="flex items-center gap-3 py-2">
              <Avatar id={id} name={name(id)} url={known(id)?.avatar_url} size="small" />
              <span className="min-w-0 flex-1 truncate">{name(id)}</span>
              <Button aria-label={`${action} ${name(id)}`} onClick={() => onAction(id)}>
                {action}
              </Button>
            </li>
          ))}
      </ul>
    </section>
  );
}
