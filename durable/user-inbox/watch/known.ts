/**
 * Whom a user is known to share a conversation with, from their own rows: those in the rows that moved
 * last, and the other one of a direct conversation however long ago that moved. A row names the first
 * members of a group only; the larger groups are named, so that somebody else can be asked.
 */
import { directConversationId } from '../../../protocol/ids.ts';
import { MEMBERS_IN_ROW_MAX } from '../../../protocol/limits.ts';
import type { Known } from '../../../store/presence.ts';
import type { InboxStore } from '../store.ts';

const ROWS = 200;
const RECENT_PARTNERS = 20;

type Rows = Pick<InboxStore, 'newestMemberRows' | 'conversation'>;

export function acquaintances(store: Rows, userId: string): Set<string> {
  const people = new Set(store.newestMemberRows(ROWS).flatMap(({ members }) => JSON.parse(members) as string[]));
  people.delete(userId);
  return people;
}

export function recentPartners(store: Rows, userId: string): string[] {
  const partners = store
    .newestMemberRows(ROWS)
    .filter(({ kind }) => kind === 'direct')
    .flatMap(({ members }) => JSON.parse(members) as string[]);
  return [...new Set(partners)].filter((id) => id !== userId).slice(0, RECENT_PARTNERS);
}

/** `people`: those who are known already. */
export async function knownOf(store: Rows, userId: string, others: readonly string[], people: ReadonlySet<string>): Promise<Known> {
  const known = new Set(people);
  for (const other of others) {
    if (known.has(other)) continue;
    const row = store.conversation(await directConversationId(userId, other));
    if (row?.kind === 'direct' && row.role !== null && row.state === 'active') known.add(other);
  }
  const groups = store
    .newestMemberRows(ROWS)
    .filter(({ kind, members }) => kind === 'group' && (JSON.parse(members) as string[]).length >= MEMBERS_IN_ROW_MAX)
    .map(({ conversation_id }) => conversation_id);
  return { people: known, groups };
}
