/** Ranges of the log as a reader gets them: the missed entries of a hello, sync pages, materialised history. */
import type { HistoryQuery } from '../../protocol/conversations.ts';
import { HELLO_BYTES_MAX, HELLO_ENTRIES_MAX, HISTORY_SCAN_MAX, SYNC_BYTES_MAX, SYNC_ENTRIES_MAX } from '../../protocol/limits.ts';
import { byteLength } from '../../protocol/text.ts';
import { messageFrame, messageJson } from './entry.ts';
import type { EntryRecord } from './schema.ts';
import type { ConversationStore } from './store.ts';

export interface Page {
  /** Each entry serialised, in the order of the page. */
  messages: string[];
  hasMore: boolean;
}

interface Reader {
  store: ConversationStore;
  conversationId: string;
  head: number;
}

/** Everything after a number, changes included, oldest first. */
export function syncPage(reader: Reader, after: number, limit: number): Page {
  return entriesAfter(reader, after, { entries: Math.min(limit, SYNC_ENTRIES_MAX), bytes: SYNC_BYTES_MAX - SYNC_FRAME_BYTES, extra: 1 });
}

export function missedEntries(reader: Reader, after: number): Page {
  return entriesAfter(reader, after, { entries: HELLO_ENTRIES_MAX, bytes: HELLO_BYTES_MAX, extra: messageFrame('').length + 1 });
}

/**
 * Messages in their present state, newest first, changes left out (membership and
 * description entries too, unless `events` asks for them).
 * `from_message_id`: the page covers every number from there up to its newest. Where that many changes stand that
 * the read is at its bound, the page is shorter, and may hold nothing but the number to go on from.
 */
export function historyPage(reader: Reader, query: HistoryQuery): string {
  const { store, head } = reader;
  const withEvents = query.events === true;
  const older = (before: number, limit: number): Part => {
    const from = Math.max(1, before - HISTORY_SCAN_MAX);
    const { kept, more } = take(reader, store.messagesDown(before, from, limit + 1, withEvents), limit);
    return { kept, from: more ? (kept.at(-1)?.number ?? before) : from };
  };
  if (query.around === undefined) return historyJson(older(Math.min(query.before ?? head + 1, head + 1), query.limit));
  const middle = Math.min(query.around, head);
  const half = Math.ceil(query.limit / 2);
  const newer = take(reader, store.messagesUp(middle, middle + HISTORY_SCAN_MAX, half, withEvents), half).kept;
  const rest = older(middle, query.limit - newer.length);
  return historyJson({ kept: [...newer.toReversed(), ...rest.kept], from: rest.from });
}

export const syncJson = ({ messages, hasMore }: Page): string => `{"messages":[${messages.join(',')}],"has_more":${hasMore}}`;

const SYNC_FRAME_BYTES = syncJson({ messages: [], hasMore: false }).length;

interface Most {
  entries: number;
  /** Of what is sent: `extra` is what stands around each entry. */
  bytes: number;
  extra: number;
}

function entriesAfter(reader: Reader, after: number, most: Most): Page {
  const messages: string[] = [];
  let bytes = 1;
  let last = after;
  if (after < reader.head) {
    for (const entry of reader.store.servedAfter(after, most.entries)) {
      const json = messageJson(entry, reader.conversationId);
      bytes += byteLength(json) + most.extra;
      if (bytes > most.bytes && messages.length > 0) break;
      messages.push(json);
      last = entry.message_id;
    }
  }
  return { messages, hasMore: last < reader.head };
}

interface Item {
  number: number;
  json: string;
}

/** As many as fit; `more` when the rows went on. */
function take(reader: Reader, rows: Iterable<EntryRecord>, limit: number): { kept: Item[]; more: boolean } {
  const kept: Item[] = [];
  let bytes = 0;
  for (const entry of rows) {
    const json = messageJson(entry, reader.conversationId);
    bytes += byteLength(json) + 1;
    if (kept.length === limit || (bytes > SYNC_BYTES_MAX && kept.length > 0)) return { kept, more: true };
    kept.push({ number: entry.message_id, json });
  }
  return { kept, more: false };
}

/** Newest first, with everything from that number on. */
interface Part {
  kept: Item[];
  from: number;
}

const historyJson = ({ kept, from }: Part): string =>
  `{"messages":[${kept.map((item) => item.json).join(',')}],"has_more":${from > 1},"from_message_id":${from}}`;
