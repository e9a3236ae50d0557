/**
 * Which conversations are connected: the one on the screen, and those in which
 * something still waits to be sent. Leaving a conversation must not leave a message behind.
 */
import type { Client, ConversationHandle } from '@natter/client';

export interface OpenConversations {
  /** Connects it for as long as it is shown; the answer lets it go. */
  show(handle: ConversationHandle): () => void;
  /** Connects those that an earlier visit left with something unsent. */
  resume(): Promise<void>;
}

export function createOpenConversations(client: Client): OpenConversations {
  const shown = new Map<string, number>();
  const flushing = new Map<string, () => void>();

  function closeWhenSent(handle: ConversationHandle): void {
    if (flushing.has(handle.id)) return;
    const check = () => {
      if (handle.timeline.get().pending > 0) return;
      flushing.get(handle.id)?.();
      flushing.delete(handle.id);
      if (!shown.has(handle.id)) handle.close();
    };
    flushing.set(handle.id, handle.timeline.subscribe(check));
    check();
  }

  return {
    show(handle) {
      shown.set(handle.id, (shown.get(handle.id) ?? 0) + 1);
      handle.open();
      return () => {
        const rest = (shown.get(handle.id) ?? 1) - 1;
        if (rest > 0) {
          shown.set(handle.id, rest);
          return;
        }
        shown.delete(handle.id);
        closeWhenSent(handle);
      };
    },
    async resume() {
      for (const id of await client.pending()) {
        if (shown.has(id)) continue;
        const handle = client.conversation(id);
        handle.open();
        // What waits is read from the storage: until then the timeline is empty and says that nothing does.
        const off = handle.timeline.subscribe(() => {
          if (handle.timeline.get().pending === 0) return;
          off();
          closeWhenSent(handle);
        });
      }
    },
  };
}
