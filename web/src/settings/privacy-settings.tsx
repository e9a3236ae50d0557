/** What others may see of me. Both go both ways: what one hides, one does not see either. */
import { useState } from 'react';
import type { Privacy } from '../../../protocol/accounts.ts';
import { useSession, useSignedIn } from '../hooks/use-session.ts';
import { asked } from '../session/asked.ts';
import { Failure } from '../ui/failure.tsx';
import { Switch } from '../ui/switch.tsx';
import { PeopleSettings } from './people-settings.tsx';

const LAST_SEEN: Record<Privacy['last_seen'], { label: string; hint: string }> = {
  everyone: { label: 'Everyone', hint: 'Everybody you share a conversation with sees when you were last here.' },
  contacts: { label: 'My contacts', hint: 'Only people in your contacts see it; you see it of people who let you.' },
  nobody: { label: 'Nobody', hint: 'Nobody sees it, and you do not see when others were last here.' },
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
      <fieldset>
        <legend className="font-medium">Last seen</legend>
        <div className="flex flex-col gap-1 pt-1.5">
          {(Object.keys(LAST_SEEN) as Privacy['last_seen'][]).map((value) => (
            <label key={value} className="flex cursor-pointer items-start gap-3 rounded-xl py-1.5">
              <input
                type="radio"
                name="last_seen"
                value={value}
                checked={privacy.last_seen === value}
                className="mt-1 size-4 shrink-0 accent-accent"
                onChange={() => void change({ last_seen: value })}
              />
              <span>
                <span className="block">{LAST_SEEN[value].label}</span>
                <span className="block text-sm text-muted">{LAST_SEEN[value].hint}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <PeopleSettings />
    </div>
  );
}

const without = (wanted: Partial<Privacy>, part: Partial<Privacy>): Partial<Privacy> =>
  Object.fromEntries(Object.entries(wanted).filter(([key, value]) => part[key as keyof Privacy] !== value));
