/**
 * The conversations of the user, newest activity first: asked for every five
 * seconds while the page is visible, and at once when something here changed them.
 * A failure leaves the rows as they were and says so.
 */
import type { Client, Observable } from '@natter/client';
import type { ConversationRow } from '../../../protocol/conversations.ts';
import { PAGE_DEFAULT } from '../../../protocol/limits.ts';
import { once, withLatest, type Latest } from '../lib/inbox-rows.ts';
import { asked } from './asked.ts';
import type { Directory } from './directory.ts';
import { createValue } from './value.ts';

export interface InboxState {
  /** Null until the first answer: nothing is known, which is not the same as nothing is there. */
  rows: readonly ConversationRow[] | null;
  hasMore: boolean;
  failed: boolean;
}
export interface Inbox {
  state: Observable<InboxState>;
  refresh(): Promise<void>;
  /** Within a second, however often it is called. */
  refreshSoon(): void;
  /** An open conversation tells how far it has got. */
  observe(conversationId: string, latest: Latest): void;
  loadMore(): Promise<void>;
  start(onUnauthenticated: () => void): void;
  stop(): void;
}

export const REFRESH_INTERVAL_MS = 5_000;
const SOON_MS = 1_000;

export function createInbox(client: Client, people: Directory): Inbox {
  const state = createValue<InboxState>({ rows: null, hasMore: false, failed: false });
  const latest = new Map<string, Latest>();
  let answered: readonly ConversationRow[] | null = null;
  let wanted: number = PAGE_DEFAULT;
  let running: Promise<void> | null = null;
  let again = false;
  let timer: ReturnType<typeof setInterval> | undefined;
  let soon: ReturnType<typeof setTimeout> | undefined;
  let unauthenticated = () => {};

  async function fetchRows(): Promise<void> {
    const rows: ConversationRow[] = [];
    let cursor: string | undefined;
    let hasMore: boolean;
    do {
      const answer = await asked(client.api.conversations(cursor === undefined ? {} : { cursor }));
      if (!answer.ok) {
        state.set({ ...state.get(), failed: true });
        if (answer.refusal.code === 'unauthenticated') unauthenticated();
        return;
      }
      rows.push(...answer.value.conversations);
      cursor = answer.value.cursor ?? undefined;
      hasMore = answer.value.has_more && cursor !== undefined;
    } while (hasMore && rows.length < wanted);
    people.want(rows.flatMap(peopleOf));
    answered = once(rows);
    state.set({ rows: withLatest(answered, latest), hasMore, failed: false });
  }

  /** One request at a time; what is asked meanwhile is one more after it. */
  function refresh(): Promise<void> {
    if (running) {
      again = true;
      return running;
    }
    again = false;
    running = fetchRows().finally(() => {
      running = null;
      if (again) void refresh();
    });
    return running;
  }

  const refreshWhenVisible = () => {
    if (document.visibilityState === 'visible') void refresh();
  };

  return {
    state,
    refresh,
    refreshSoon() {
      soon ??= setTimeout(() => {
        soon = undefined;
        void refresh();
      }, SOON_MS);
    },
    observe(conversationId, told) {
      latest.set(conversationId, told);
      if (answered !== null) state.set({ ...state.get(), rows: withLatest(answered, latest) });
    },
    loadMore() {
      wanted = (state.get().rows?.length ?? 0) + PAGE_DEFAULT;
      return refresh();
    },
    start(onUnauthenticated) {
      unauthenticated = onUnauthenticated;
      void refresh();
      timer ??= setInterval(refreshWhenVisible, REFRESH_INTERVAL_MS);
      document.addEventListener('visibilitychange', refreshWhenVisible);
      globalThis.addEventListener('online', refreshWhenVisible);
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
      clearTimeout(soon);
      document.removeEventListener('visibilitychange', refreshWhenVisible);
      globalThis.removeEventListener('online', refreshWhenVisible);
    },
  };
}

const peopleOf = (row: ConversationRow): string[] => [...(row.members ?? []), ...(row.last_message ? [row.last_message.sender_id] : [])];
