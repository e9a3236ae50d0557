/** A search field and the people it finds; what choosing one does is the caller's. */
import { Check, Search, X } from 'lucide-react';
import { useId, useState } from 'react';
import type { PublicProfile } from '../../../protocol/accounts.ts';
import { Avatar } from '../ui/avatar.tsx';
import { SkeletonRows } from '../ui/skeleton.tsx';
import { usePeopleSearch } from './use-people-search.ts';

interface PeoplePickerProps {
  label: string;
  /** Not offered: oneself, those who are in already. */
  leaveOut: ReadonlySet<string>;
  /** Present when several can be chosen. */
  chosen?: readonly PublicProfile[];
  busy?: boolean;
  onChoose: (person: PublicProfile) => void;
}

export function PeoplePicker({ label, leaveOut, chosen, busy = false, onChoose }: PeoplePickerProps) {
  const [typed, setTyped] = useState('');
  const id = useId();
  const isChosen = (person: PublicProfile) => chosen?.some((one) => one.user_id === person.user_id) ?? false;

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="px-5">
        <label htmlFor={id} className="sr-only">
          {label}
        </label>
        <div className="relative">
          <Search className="pointer-events-none absolute top-1/2 left-3.5 size-4 -translate-y-1/2 text-muted" aria-hidden />
          <input
            id={id}
            type="search"
            value={typed}
            placeholder={label}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            className="field pl-10"
            onChange={(event) => setTyped(event.target.value)}
          />
        </div>
        {chosen && chosen.length > 0 ? <Chosen people={chosen} onRemove={onChoose} /> : null}
      </div>
      <div className="scroll-thin mt-2 min-h-64 flex-1 overflow-y-auto px-3 pb-3">
        <Results typed={typed} leaveOut={leaveOut} busy={busy} isChosen={isChosen} isMultiple={chosen !== undefined} onChoose={onChoose} />
      </div>
    </div>
  );
}

function Chosen({ people, onRemove }: { people: readonly PublicProfile[]; onRemove: (person: PublicProfile) => void }) {
  return (
    <ul aria-label="Chosen" className="flex flex-wrap gap-1.5 pt-3">
      {people.map((person) => (
        <li key={person.user_id}>
          <button
            type="button"
            aria-label={`Take out ${person.name}`}
            className="inline-flex items-center gap-1.5 rounded-full bg-accent-soft py-1 pr-2 pl-3 text-sm font-medium"
            onClick={() => onRemove(person)}
          >
            {person.name} <X className="size-3.5" aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  );
}

interface ResultsProps {
  typed: string;
  leaveOut: ReadonlySet<string>;
  busy: boolean;
  isMultiple: boolean;
  isChosen: (person: PublicProfile) => boolean;
  onChoose: (person: PublicProfile) => void;
}

function Results({ typed, leaveOut, busy, isMultiple, isChosen, onChoose }: ResultsProps) {
  const search = usePeopleSearch(typed, leaveOut);
  if (search.state === 'idle') return <Hint text="Type the beginning of a name or user name." />;
  if (search.state === 'failed') return <Hint text={`The search failed: ${search.detail}`} />;
  if (search.users.length === 0) {
    return search.state === 'searching' ? (
      <SkeletonRows count={3} label="Searching" />
    ) : (
      <Hint text={`Nobody found for “${typed.trim()}”. Check the spelling, or ask for their user name.`} />
    );
  }
  return (
    <ul aria-label="People found">
      {search.users.map((person) => (
        <li key={person.user_id}>
          <button
            type="button"
            disabled={busy}
            aria-pressed={isMultiple ? isChosen(person) : undefined}
            className="flex w-full items-center gap-3 rounded-xl px-2 py-2 text-left outline-offset-[-2px] transition-colors hover:bg-hover"
            onClick={() => onChoose(person)}
          >
            <Avatar id={person.user_id} name={person.name} url={person.avatar_url} />
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium">{person.name}</span>
              {person.username === null ? null : <span className="block truncate text-sm text-muted">@{person.username}</span>}
            </span>
            {isChosen(person) ? <Check className="size-5 text-accent" aria-hidden /> : null}
          </button>
        </li>
      ))}
    </ul>
  );
}

const Hint = ({ text }: { text: string }) => (
  <p role="status" className="px-4 py-10 text-center text-sm text-muted">
    {text}
  </p>
);
