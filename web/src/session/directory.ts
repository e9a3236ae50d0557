/**
 * Names and pictures of people, looked up as they are asked for: those of one
 * moment in one request. A failed look-up is asked again the next time.
 */
import type { Client, Observable } from '@natter/client';
import type { PublicProfile } from '../../../protocol/accounts.ts';
import { USERS_PER_LOOKUP_MAX } from '../../../protocol/limits.ts';
import type { Known } from '../lib/people.ts';
import { asked } from './asked.ts';
import { createValue } from './value.ts';

export interface Directory {
  /** Changes with each answer, so that a view can watch it. */
  known: Observable<ReadonlyMap<string, PublicProfile | null>>;
  /** Looks up those that are not known yet. */
  want(ids: Iterable<string>): void;
  /** One of them, when it is needed at once; undefined when it could not be looked up. */
  find(id: string): Promise<Known>;
  /** Takes in profiles that came by another way. */
  learn(profiles: readonly PublicProfile[]): void;
}

export const look = (known: ReadonlyMap<string, PublicProfile | null>, id: string): Known => known.get(id);

export function createDirectory(client: Client, me: PublicProfile): Directory {
  const known = createValue<ReadonlyMap<string, PublicProfile | null>>(new Map([[me.user_id, me]]));
  const wanted = new Set<string>();
  const onTheWay = new Set<string>();

  function merge(profiles: Iterable<readonly [string, PublicProfile | null]>): void {
    known.set(new Map([...known.get(), ...profiles]));
  }

  async function ask(): Promise<void> {
    const ids = [...wanted].slice(0, USERS_PER_LOOKUP_MAX);
    for (const id of ids) {
      wanted.delete(id);
      onTheWay.add(id);
    }
    if (wanted.size > 0) queueMicrotask(() => void ask());
    const answer = await asked(client.api.users({ ids }));
    for (const id of ids) onTheWay.delete(id);
    if (!answer.ok) return;
    const found = new Map(answer.value.users.map((user) => [user.user_id, user]));
    merge(ids.map((id) => [id, found.get(id) ?? null] as const));
  }

  return {
    known,
    want(ids) {
      const before = wanted.size;
      for (const id of ids) if (!known.get().has(id) && !onTheWay.has(id)) wanted.add(id);
      if (before === 0 && wanted.size > 0) queueMicrotask(() => void ask());
    },
    async find(id) {
      if (known.get().has(id)) return look(known.get(), id);
      const answer = await asked(client.api.users({ ids: [id] }));
      if (!answer.ok) return undefined;
      const found = answer.value.users[0] ?? null;
      merge([[id, found]]);
      return found;
    },
    learn: (profiles) => {
      if (profiles.length > 0) merge(profiles.map((profile) => [profile.user_id, profile] as const));
    },
  };
}
