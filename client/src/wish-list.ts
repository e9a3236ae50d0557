/**
 * What the user has asked for and the rows do not say yet, as it comes and goes: settings until they are refused or
 * seen, and for each conversation the draft that stands. The rules are in wishes.ts. Knows no server.
 */
import type { ConversationRow } from '../../protocol/conversations.ts';
import type { DraftsHost } from './drafts.ts';
import { compared, granted, listed, withdrawn, type Patch, type Wishes } from './wishes.ts';

export interface WishList {
  all(): Wishes;
  compare(row: ConversationRow): void;
  listed(): void;
  /** Shown at once, undone when `ask` fails. */
  attempt(conversationId: string, patch: Patch, ask: () => Promise<unknown>): Promise<void>;
  drafts: Pick<DraftsHost, 'onDraft' | 'onTold' | 'onDropped'>;
}

export function createWishList(onChange: () => void): WishList {
  let wishes: Wishes = [];
  let count = 0;
  /** The wish that stands for the draft of a conversation. */
  const drafts = new Map<string, number>();

  function change(next: Wishes): void {
    wishes = next;
    onChange();
  }

  function add(conversationId: string, patch: Patch): number {
    const id = ++count;
    change([...wishes, { id, conversationId, patch, answered: false, seen: false }]);
    return id;
  }

  function takeDraft(conversationId: string): number {
    const id = drafts.get(conversationId) ?? 0;
    drafts.delete(conversationId);
    return id;
  }

  return {
    all: () => wishes,
    compare: (row) => void (wishes = compared(wishes, row)),
    listed: () => void (wishes = listed(wishes)),
    async attempt(conversationId, patch, ask) {
      const id = add(conversationId, patch);
      try {
        await ask();
        change(granted(wishes, id));
      } catch (error) {
        change(withdrawn(wishes, id));
        throw error;
      }
    },
    drafts: {
      onDraft(conversationId, draft) {
        wishes = withdrawn(wishes, takeDraft(conversationId));
        drafts.set(conversationId, add(conversationId, { draft }));
      },
      onTold(conversationId, stands) {
        const mine = takeDraft(conversationId);
        const told = wishes.map((each) =>
          each.id === mine && each.patch.draft !== stands ? { ...each, patch: { draft: stands }, seen: false } : each,
        );
        change(granted(told, mine));
      },
      onDropped: (conversationId) => change(withdrawn(wishes, takeDraft(conversationId))),
    },
  };
}
