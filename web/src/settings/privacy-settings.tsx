/** What others may see of me. Both go both ways: what one hides, one does not see either. */
import { useState } from 'react';
import type { Privacy } from '../../../protocol/accounts.ts';
import { useSession, useSignedIn } from '../hooks/use-session.ts';
import { asked } from '../session/asked.ts';
import { Failure } from '../ui/failure.tsx';
import { Switch } from '../ui/switch.tsx';
import { PeopleSettings } from './people-settings.tsx';

type Choice = Exclude<keyof Privacy, 'read_receipts'>;

const CHOICES: { [Name in Choice]: { legend: string; options: Record<Privacy[Name], { label: string; hint: string }> } } = {
  last_seen: {
    legend: 'Last seen',
    options: {
      everyone: { label: 'Everyone', hint: 'Everybody you share a conversation with sees when you were last here.' },
      contacts: { label: 'My contacts', hint: 'Only people in your contacts see it; you see it of people who let you.' },
      nobody: { label: 'Nobody', hint: 'Nobody sees it, and you do not see when others were last here.' },
    },
  },
  messages: {
    legend: 'Who can write to me',
    options: {
      everyone: { label: 'Everyone', hint: 'People you don’t know may have to send a request first.' },
      contacts: { label: 'My contacts', hint: 'Only your contacts, and people you have written to.' },
    },
  },
  groups: {
    legend: 'Who can add me to groups',
    options: {
      everyone: { label: 'Everyone', hint: 'Anybody can add you, except people you block.' },
      contacts: { label: 'My contacts', hint: 'Others send you an invitation.' },
      nobody: { label: 'Nobody', hint: 'Nobody can add or invite you.' },
    },
  },
  search: {
    legend: 'Who can find me by name',
    options: {
      everyone: { label: 'Everyone', hint: 'You come up when somebody types the beginning of your name.' },
      contacts: { label: 'My contacts', hint: 'Others find you by your exact user name.' },
      nobody: { label: 'Nobody', hint: 'You are found by your exact user name only.' },
    },
  },
};

export function PrivacySettings() {
  const session = useSession();
  const { me, client } = useSignedIn();
  const [wanted, setWanted] = useState<Partial<Privacy>>({});
  const [failure, setFailure] = useState<string | null>(null);
  const privacy = { ...me.privacy, ...wanted };

  async function change(part: Partial<Privacy>): Promise<void> {
    setWanted((before) => ({ ...before, ...part }));
    const answer = await asked(client.api.patchMe({ privacy: part }));
    setFailure(answer.ok ? null : answer.refusal.detail);
    if (answer.ok) session.learn(answer.value);
    // Another choice may be on its way.
    setWanted((before) => without(before, part));
  }

  return (
    <div className="flex flex-col gap-6">
      <Failure text={failure} />
      <Switch
        label="Read receipts"
        hint={
          privacy.read_receipts
            ? 'Others see what you have read, and you see what they have read.'
            : 'Nobody sees what you have read, and you do not see what others have read.'
        }
        checked={privacy.read_receipts}
        onChange={(on) => void change({ read_receipts: on })}
      />
      {(Object.keys(CHOICES) as Choice[]).map((name) => (
        <Choices key={name} name={name} value={privacy[name]} onChange={(value) => void change({ [name]: value })} />
      ))}
      <PeopleSettings />
    </div>
  );
}

function Choices({ name, value, onChange }: { name: Choice; value: string; onChange: (value: string) => void }) {
  const { legend, options } = CHOICES[name];
  return (
    <fieldset>
      <legend className="font-medium">{legend}</legend>
      <div className="flex flex-col gap-1 pt-1.5">
        {Object.entries(options).map(([option, { label, hint }]) => (
          <label key={option} className="flex cursor-pointer items-start gap-3 rounded-xl py-1.5">
            <input
              type="radio"
              name={name}
              value={option}
              checked={value === option}
              className="mt-1 size-4 shrink-0 accent-accent"
              onChange={() => onChange(option)}
            />
            <span>
              <span className="block">{label}</span>
              <span className="block text-sm text-muted">{hint}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

const without = (wanted: Partial<Privacy>, part: Partial<Privacy>): Partial<Privacy> =>
  Object.fromEntries(Object.entries(wanted).filter(([key, value]) => part[key as keyof Privacy] !== value));
