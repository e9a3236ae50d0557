/** What was typed and not sent, per user and conversation, in the browser's own storage. Never fails: a full or forbidden storage only forgets. */

export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export interface Drafts {
  get(conversationId: string): string;
  set(conversationId: string, text: string): void;
}

export function createDrafts(storage: DraftStorage | null, userId: string): Drafts {
  const keyOf = (conversationId: string) => `natter:draft:${userId}:${conversationId}`;
  const kept = new Map<string, string>();
  return {
    get(conversationId) {
      const known = kept.get(conversationId);
      if (known !== undefined) return known;
      try {
        return storage?.getItem(keyOf(conversationId)) ?? '';
      } catch {
        return '';
      }
    },
    set(conversationId, text) {
      kept.set(conversationId, text);
      try {
        if (text === '') storage?.removeItem(keyOf(conversationId));
        else storage?.setItem(keyOf(conversationId), text);
      } catch {
        // Private windows may refuse; the copy in memory still survives switching.
      }
    },
  };
}
