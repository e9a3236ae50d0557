/**
 * Whom the user has in the contacts, and whom they block. The contacts are the server's; blocks it does not tell,
 * so those made in this browser are remembered here, and repeating one does no harm.
 */
import type { ApiClient, Observable } from '@natter/client';
import { accept, type Outcome } from '../../../protocol/outcome.ts';
import { PAGE_MAX } from '../../../protocol/limits.ts';
import { asked } from './asked.ts';
import type { Directory } from './directory.ts';
import { createValue } from './value.ts';

export interface Relations {
  /** Null until `load` has been answered. */
  contacts: Observable<ReadonlySet<string> | null>;
  blocked: Observable<ReadonlySet<string>>;
  /** Asks for the contacts, anew: another device may have changed them. */
  load(): Promise<Outcome<null>>;
  setContact(userId: string, on: boolean): Promise<Outcome<null>>;
  setBlocked(userId: string, on: boolean): Promise<Outcome<null>>;
  /** Leaves nothing in this browser. */
  forget(): void;
}

export interface RelationsDeps {
  api: Pick<ApiClient, 'contacts' | 'addContact' | 'removeContact' | 'block' | 'unblock'>;
  people: Pick<Directory, 'learn'>;
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null;
  userId: string;
}

export function createRelations({ api, people, storage, userId }: RelationsDeps): Relations {
  const key = `natter:blocked:${userId}`;
  const contacts = createValue<ReadonlySet<string> | null>(null);
  const blocked = createValue<ReadonlySet<string>>(new Set(idsIn(storage?.getItem(key) ?? null)));

  async function all(): Promise<Set<string>> {
    const ids = new Set<string>();
    for (let cursor: string | undefined, more = true; more;) {
      const page = await api.contacts({ limit: PAGE_MAX, ...(cursor !== undefined && { cursor }) });
      people.learn(page.contacts);
      for (const { user_id } of page.contacts) ids.add(user_id);
      cursor = page.cursor ?? undefined;
      more = cursor !== undefined;
    }
    return ids;
  }

  return {
    contacts,
    blocked,
    async load() {
      const answer = await asked(all());
      if (!answer.ok) return answer;
      contacts.set(answer.value);
      return accept(null);
    },
    async setContact(id, on) {
      const answer = await asked(on ? api.addContact(id) : api.removeContact(id));
      if (!answer.ok) return answer;
      const known = contacts.get();
      if (known !== null) contacts.set(changed(known, id, on));
      return accept(null);
    },
    async setBlocked(id, on) {
      const answer = await asked(on ? api.block(id) : api.unblock(id));
      if (!answer.ok) return answer;
      blocked.set(changed(blocked.get(), id, on));
      storage?.setItem(key, JSON.stringify([...blocked.get()]));
      return accept(null);
    },
    forget: () => storage?.removeItem(key),
  };
}

function changed(set: ReadonlySet<string>, id: string, on: boolean): ReadonlySet<string> {
  const next = new Set(set);
  if (on) next.add(id);
  else next.delete(id);
  return next;
}

function idsIn(kept: string | null): string[] {
  const value: unknown = kept === null ? [] : JSON.parse(kept);
  return Array.isArray(value) ? value.filter((id) => typeof id === 'string') : [];
}
