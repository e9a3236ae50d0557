/** People whose name or user name begins with what was typed. An old answer never overwrites a newer one. */
import { useEffect, useState } from 'react';
import type { PublicProfile } from '../../../protocol/accounts.ts';
import { useSignedIn } from '../hooks/use-session.ts';
import { asked } from '../session/asked.ts';

export type PeopleSearch =
  | { state: 'idle' }
  | { state: 'searching'; users: readonly PublicProfile[] }
  | { state: 'found'; users: readonly PublicProfile[] }
  | { state: 'failed'; detail: string };

/** Long enough that a word typed at once is one request. */
export const TYPING_PAUSE_MS = 180;

export function usePeopleSearch(typed: string, leaveOut: ReadonlySet<string>): PeopleSearch {
  const { client, people } = useSignedIn();
  const [answer, setAnswer] = useState<{ prefix: string; users: readonly PublicProfile[]; failure?: string } | null>(null);
  const prefix = typed.trim().replace(/^@/u, '');

  useEffect(() => {
    if (prefix === '') return;
    let current = true;
    const search = async () => {
      const found = await asked(client.api.users({ prefix }));
      if (!current) return;
      if (found.ok) people.learn(found.value.users);
      setAnswer(found.ok ? { prefix, users: found.value.users } : { prefix, users: [], failure: found.refusal.detail });
    };
    const timer = setTimeout(() => void search(), TYPING_PAUSE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [client, people, prefix]);

  if (prefix === '') return { state: 'idle' };
  const users = (answer?.users ?? []).filter((user) => !leaveOut.has(user.user_id));
  if (answer?.prefix !== prefix) return { state: 'searching', users };
  return answer.failure === undefined ? { state: 'found', users } : { state: 'failed', detail: answer.failure };
}
