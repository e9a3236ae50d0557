/**
 * What moved since a cursor, newest first, in pages. A final cursor is a version: everything up
 * to there is known. A continuation is `HEAD-SINCE-BELOW`: of what lay between SINCE and HEAD,
 * that below BELOW is still to come; its last page gives HEAD. What moves meanwhile lies above HEAD.
 */
import type { InboxPage } from '../../protocol/inbox.ts';
import { toRow } from './inbox.ts';
import type { InboxRecord } from './schema.ts';
import type { InboxStore } from './store.ts';

const STRIDE = 1_000;

export interface Place {
  head: number;
  since: number;
  below: number;
}

/** Empty: from the start. Undefined: none of ours, or from a time after which this object was restored. */
export function placeOf(cursor: string, version: number): Place | undefined {
  const parts = (cursor === '' ? '0' : cursor).split('-');
  if (!parts.every((part) => /^\d{1,15}$/.test(part))) return undefined;
  const [first = 0, since = 0, below = 0] = parts.map(Number);
  if (first > version) return undefined;
  if (parts.length === 1) return { head: version, since: first, below: version + 1 };
  return parts.length === 3 && since < below && below <= first ? { head: first, since, below } : undefined;
}

export const isContinuation = (cursor: string): boolean => cursor.includes('-');

/** One who starts from nothing has nothing to remove. */
export function pageAt(store: InboxStore, place: Place, limit: number): InboxPage {
  const rows = store.changesBetween(place.since, place.below, limit + 1, place.since === 0);
  return pageOf(rows.slice(0, limit), place, rows.length > limit);
}

/** Everything from there. The table has no index, so it is read in few long strides and not once for each page. */
export function* pagesFrom(store: InboxStore, place: Place, limit: number): Generator<InboxPage> {
  for (let below = place.below, isLast = false; !isLast;) {
    const rows = store.changesBetween(place.since, below, STRIDE + 1, place.since === 0);
    isLast = rows.length <= STRIDE;
    const stride = rows.slice(0, STRIDE);
    for (let from = 0; from === 0 || from < stride.length; from += limit) {
      yield pageOf(stride.slice(from, from + limit), place, !isLast || from + limit < stride.length);
    }
    below = stride.at(-1)?.version ?? 0;
  }
}

function pageOf(page: readonly InboxRecord[], { head, since }: Place, has_more: boolean): InboxPage {
  return {
    conversations: page.filter(({ role }) => role !== null).map(toRow),
    removed: page.filter(({ role }) => role === null).map(({ conversation_id }) => conversation_id),
    cursor: has_more ? [head, since, page.at(-1)!.version].join('-') : String(head),
    has_more,
  };
}
