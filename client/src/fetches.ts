/**
 * What a conversation asks for over HTTP: the newest page, what a hole lacks, older pages, and the log itself when
 * only it can tell. Owns what is under way; what comes too late for its connection is not heard.
 */
import type { LogFrame } from '../../protocol/client-frames.ts';
import type { HistoryPage } from '../../protocol/conversations.ts';
import { PAGE_DEFAULT, SYNC_ENTRIES_MAX } from '../../protocol/limits.ts';
import type { Message } from '../../protocol/message.ts';
import type { HelloFrame } from '../../protocol/server-frames.ts';
import type { ApiClient } from './api.ts';
import { RESUME_MAX } from './recovery.ts';
import { hasHole, hasOlder, type Event, type State } from './timeline.ts';

export interface FetchesHost {
  id: string;
  api: Pick<ApiClient, 'history' | 'sync'>;
  timeline(): State;
  /** The hello of the connection there is. */
  hello(): HelloFrame | undefined;
  advance(event: Event): void;
  /** The same, with everything it calls for. */
  update(event: Event): void;
  /** These are in the log. */
  settle(entries: readonly Message[]): void;
  /** Not in the log up to there. */
  stamp(globalId: string, after: number): void;
  /** The server contradicts itself: it names entries that it does not give. */
  startOver(): void;
  refused(error: unknown): void;
}

export function createFetches(host: FetchesHost) {
  const { id, api, timeline } = host;
  /** The connection for which a hole is being filled. */
  let filling: HelloFrame | undefined;
  /** The connection for which the newest page was not newer than the copy: what it lacks are changes, and those come by sync. */
  let changesOnly: HelloFrame | undefined;
  /** The socket itself brings everything up to here. */
  let promised = 0;
  let loadingOlder: Promise<{ has_more: boolean }> | undefined;

  /** Behind many changes a page may be empty, and says where to go on. */
  async function newestPage(): Promise<HistoryPage> {
    let page = await api.history(id, { limit: PAGE_DEFAULT, events: true });
    while (isOnlyPassed(page)) page = await api.history(id, { before: page.from_message_id, limit: PAGE_DEFAULT, events: true });
    return page;
  }

  /** What the socket has promised is on its way; what it cannot bring has to be fetched. */
  const needsFill = (state: State) => hasHole(state) && (state.head > promised || state.held.size > 0);

  async function fill(connection: HelloFrame): Promise<void> {
    filling = connection;
    try {
      const { last, head } = timeline();
      const newest = head - last > RESUME_MAX && changesOnly !== connection ? await newestPage() : undefined;
      if (newest && (newest.messages[0]?.message_id ?? 0) <= last) changesOnly = connection;
      const event: Event =
        newest && changesOnly !== connection
          ? { type: 'skipped', page: newest }
          : { type: 'entries', entries: (await api.sync(id, last, SYNC_ENTRIES_MAX)).messages };
      if (host.hello() !== connection) return;
      filling = undefined;
      if (event.type === 'entries' && event.entries.length === 0 && timeline().last === last) return host.startOver();
      host.update(event);
    } catch (error) {
      if (host.hello() === connection) host.refused(error);
    }
  }

  async function older(): Promise<{ has_more: boolean }> {
    for (let more = true; more;) {
      const before = timeline().first;
      host.advance({ type: 'older_asked' });
      try {
        const page = await api.history(id, { before, limit: PAGE_DEFAULT, events: true });
        host.update({ type: 'older', before, page });
        more = isOnlyPassed(page) && timeline().first < before;
      } catch (error) {
        host.advance({ type: 'older_failed' });
        throw error;
      }
    }
    return { has_more: hasOlder(timeline()) };
  }

  return {
    async newest(): Promise<void> {
      const page = await newestPage();
      // An earlier attempt's page that comes late must not take the place of what is here by now.
      if (!timeline().ready) host.update({ type: 'newest', page });
    },

    /** `upTo`: what the socket itself will bring. */
    promise: (upTo: number) => void (promised = upTo),

    fillWhenNeeded(): void {
      const connection = host.hello();
      if (connection && filling !== connection && needsFill(timeline())) void fill(connection);
    },

    async older(): Promise<{ has_more: boolean }> {
      if (!hasOlder(timeline())) return { has_more: false };
      return (loadingOlder ??= older().finally(() => (loadingOlder = undefined)));
    },

    /** `stale`: the server cannot tell whether it has the frame, so the log itself is asked. */
    async search({ global_id, after_message_id = 0 }: LogFrame): Promise<void> {
      const connection = host.hello();
      if (!connection) return;
      try {
        for (let after = Math.min(after_message_id, timeline().last), more = true; more;) {
          const page = await api.sync(id, after, SYNC_ENTRIES_MAX);
          if (host.hello() !== connection) return;
          after = page.messages.at(-1)?.message_id ?? after;
          more = page.has_more;
          host.settle(page.messages);
          if (!more) host.stamp(global_id, after);
        }
      } catch (error) {
        if (host.hello() === connection) host.refused(error);
      }
    },

    shut: () => void (filling = undefined),
  };
}

/** It holds nothing but the number from which older messages are to be looked for. */
const isOnlyPassed = ({ messages, has_more }: HistoryPage): boolean => messages.length === 0 && has_more;
