/**
 * Rows in pages, the newest first: what moved since a cursor, and the list by activity. A page is one
 * bounded read whatever exists. A final cursor is a version: everything up to there is known. A
 * continuation is `HEAD-SINCE-BELOW`: of what lay between SINCE and HEAD, that below BELOW is still to
 * come; its last page gives HEAD. What moves meanwhile lies above HEAD.
 */
import type { ConversationList, ConversationRow, UnansweredState } from '../../protocol/conversations.ts';
import type { InboxPage } from '../../protocol/inbox.ts';
import { INBOX_PAGE_BYTES_MAX } from '../../protocol/limits.ts';
import { byteLength } from '../../protocol/text.ts';
import { toRow } from './inbox.ts';
import type { InboxStore } from './store.ts';

/** Places that are looked at for one page: more than it holds only where tombstones are passed over. */
const KEYS_MAX = 4_000;
const STRIDE = 1_000;
/** What stands around the rows. */
const ENVELOPE_BYTES = 512;

export interface Place {
  head: number;
  since: number;
  below: number;
}

export interface Start extends Place {
  /** From the beginning, though the cursor named another place. */
  fresh: boolean;
}

/** Empty: from the start. Undefined: none of ours, or from a time after which this object was restored. */
export function placeOf(cursor: string, version: number, collectedTo: number): Start | undefined {
  const parts = (cursor === '' ? '0' : cursor).split('-');
  if (!parts.every((part) => /^\d{1,15}$/.test(part))) return undefined;
  const [first = 0, second = 0, third = 0] = parts.map(Number);
  if (first > version || parts.length === 2 || parts.length > 3) return undefined;
  const isFinal = parts.length === 1;
  const place = isFinal ? { head: version, since: first, below: version + 1 } : { head: first, since: second, below: third };
  if (place.since >= place.below || (!isFinal && place.below > place.head)) return undefined;
  // What was removed since then is forgotten: of one who starts from nothing, nothing needs to be removed.
  if (place.since > 0 && place.since < collectedTo) return { ...fromStart(version), fresh: true };
  return { ...place, fresh: false };
}

export const fromStart = (version: number): Place => ({ head: version, since: 0, below: version + 1 });

export const isContinuation = (cursor: string): boolean => cursor.includes('-');

export function pageAt(store: InboxStore, { head, since, below }: Place, limit: number, bytesMax = INBOX_PAGE_BYTES_MAX): InboxPage {
  const { conversations, removed, end } = read(store, { order: 'version', above: since, below, limit, bytesMax, tellsRemoved: since > 0 });
  const cursor = end === null ? String(head) : [head, since, end].join('-');
  return { conversations, removed, cursor, has_more: end !== null };
}

/** The list by activity; the cursor is the activity of the last row. */
export function listPage(store: InboxStore, below: number, limit: number): ConversationList {
  const bytesMax = INBOX_PAGE_BYTES_MAX;
  const { conversations, end } = read(store, { order: 'activity', above: 0, below, limit, bytesMax, tellsRemoved: false });
  return { conversations, cursor: end === null ? null : String(end), has_more: end !== null };
}

/** What waits for an answer, by activity. */
export function unansweredPage(store: InboxStore, state: UnansweredState, below: number, limit: number): ConversationList {
  const found = store.unansweredBelow(state, below, limit + 1);
  const has_more = found.length > limit;
  return {
    conversations: found.slice(0, limit).map(toRow),
    cursor: has_more ? String(found[limit - 1]!.activity) : null,
    has_more,
  };
}

interface Wanted {
  order: 'version' | 'activity';
  above: number;
  below: number;
  limit: number;
  bytesMax: number;
  tellsRemoved: boolean;
}

/** `end`: where it goes on; null when it has come to its end. */
function read(store: InboxStore, { order, above, below, limit, bytesMax, tellsRemoved }: Wanted) {
  const conversations: ConversationRow[] = [];
  const removed: string[] = [];
  let bytes = ENVELOPE_BYTES;
  let end = below;
  for (let seen = 0, stride = limit + 1; seen < KEYS_MAX; stride = STRIDE) {
    const keys = store.keysBetween(order, above, end, stride);
    for (const { conversation_id, place, removed: isRemoved } of keys) {
      if (conversations.length + removed.length === limit) return { conversations, removed, end };
      if (isRemoved === 0) {
        const row = toRow(store.conversation(conversation_id)!);
        bytes += byteLength(JSON.stringify(row)) + 1;
        if (bytes > bytesMax && conversations.length > 0) return { conversations, removed, end };
        conversations.push(row);
      } else if (tellsRemoved) {
        bytes += conversation_id.length + 3;
        removed.push(conversation_id);
      }
      end = place;
    }
    if (keys.length < stride) return { conversations, removed, end: null };
    seen += keys.length;
  }
  return { conversations, removed, end };
}
