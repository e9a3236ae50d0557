/**
 * What the user has asked for and the server's rows do not say yet: pure. A wish lies over its row until the
 * server has answered and its own word has come by socket, or a whole list has come after the answer; so nothing
 * flickers, and what another device did later is not covered up.
 */
import type { ConversationRow } from '../../protocol/conversations.ts';

export type Patch = Partial<Pick<ConversationRow, 'muted_until' | 'pinned' | 'archived' | 'marked_unread' | 'draft'>>;

export interface Wish {
  id: number;
  conversationId: string;
  patch: Patch;
  answered: boolean;
  /** A row has come that says the same. */
  seen: boolean;
}

export type Wishes = readonly Wish[];

export const granted = (wishes: Wishes, id: number): Wishes =>
  wishes.flatMap((wish) => (wish.id !== id ? wish : wish.seen ? [] : { ...wish, answered: true }));

export const withdrawn = (wishes: Wishes, id: number): Wishes => wishes.filter((wish) => wish.id !== id);

/** A row came. */
export function compared(wishes: Wishes, row: ConversationRow): Wishes {
  if (!wishes.some(({ conversationId }) => conversationId === row.conversation_id)) return wishes;
  return wishes.flatMap((wish) => {
    if (wish.conversationId !== row.conversation_id || !agrees(row, wish.patch)) return wish;
    return wish.answered ? [] : { ...wish, seen: true };
  });
}

/** A whole list came: whatever was answered before is in it, or has been changed since. */
export const listed = (wishes: Wishes): Wishes =>
  wishes.some(({ answered }) => answered) ? wishes.filter(({ answered }) => !answered) : wishes;

export function wished(row: ConversationRow, wishes: Wishes): ConversationRow {
  const mine = wishes.filter(({ conversationId }) => conversationId === row.conversation_id);
  return mine.length === 0 ? row : Object.assign({ ...row }, ...mine.map(({ patch }) => patch));
}

const agrees = (row: ConversationRow, patch: Patch): boolean =>
  (Object.keys(patch) as (keyof Patch)[]).every((name) =>
    name === 'draft' ? (row.draft ?? '') === patch.draft : row[name] === patch[name],
  );
