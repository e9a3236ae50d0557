/** Whom the user has in the contacts, and whom they block. Both lists are the server's; what is done here is added to them. */
import type { ApiClient, Observable } from '@natter/client';
import type { PublicProfile } from '../../../protocol/accounts.ts';
import { PAGE_MAX } from '../../../protocol/limits.ts';
import { accept, type Outcome } from '../../../protocol/outcome.ts';
import { asked } from './asked.ts';
import type { Directory } from './directory.ts';
import { createValue } from './value.ts';

export interface Relations {
  /** Null until `load` has been answered. */
  contacts: Observable<ReadonlySet<string> | null>;
  /** Null until `load` has been answered. */
  blocked: Observable<ReadonlySet<string> | null>;
  /** Asks for both, anew: another device may have changed them. */
  load(): Promise<Outcome<null>>;
  setContact(userId: string, on: boolean): Promise<Outcome<null>>;
  setBlocked(userId: string, on: boolean): Promise<Outcome<null>>;
}

export interface RelationsDeps {
  api: Pick<ApiClient, 'contacts' | 'addContact' | 'removeContact' | 'blocks' | 'block' | 'unblock'>;
  people: Pick<Directory, 'learn'>;
}

interface Page {
  limit: number;
  cursor?: string;
}

interface People {
  people: PublicProfile[];
  cursor: string | null;
}

export function createRelations({ api, people }: RelationsDeps): Relations {
  const contacts = createValue<ReadonlySet<string> | null>(null);
  const blocked = createValue<ReadonlySet<string> | null>(null);

  async function all(ask: (page: Page) => Promise<People>): Promise<Set<string>> {
    const ids = new Set<string>();
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await ask({ limit: PAGE_MAX, ...(cursor !== undefined && { cursor }) });
      people.learn(page.people);
      for (const { user_id } of page.people) ids.add(user_id);
      cursor = page.cursor;
    }
    return ids;
  }

  async function change(list: typeof contacts, work: Promise<unknown>, id: string, on: boolean): Promise<Outcome<null>> {
    const answer = await asked(work);
    if (!answer.ok) return answer;
    const known = list.get();
    if (known !== null) list.set(changed(known, id, on));
    return accept(null);
  }

  return {
    contacts,
    blocked,
    async load() {
      const ofContacts = async (page: Page): Promise<People> => {
        const { contacts: found, cursor } = await api.contacts(page);
        return { people: found, cursor };
      };
      const ofBlocks = async (page: Page): Promise<People> => {
        const { blocks: found, cursor } = await api.blocks(page);
        return { people: found, cursor };
      };
      const answer = await asked(Promise.all([all(ofContacts), all(ofBlocks)]));
      if (!answer.ok) return answer;
      contacts.set(answer.value[0]);
      blocked.set(answer.value[1]);
      return accept(null);
    },
    setContact: (id, on) => change(contacts, on ? api.addContact(id) : api.removeContact(id), id, on),
    setBlocked: (id, on) => change(blocked, on ? api.block(id) : api.unblock(id), id, on),
  };
}

function changed(set: ReadonlySet<string>, id: string, on: boolean): ReadonlySet<string> {
  const next = new Set(set);
  if (on) next.add(id);
  else next.delete(id);
  return next;
}
