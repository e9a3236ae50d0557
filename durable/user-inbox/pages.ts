/**
 * What moved since a cursor, newest first, in pages. A final cursor is a version: everything up
 * to there is known. A continuation is `HEAD-SINCE-BELOW`: of what lay between SINCE and HEAD,
 * that below BELOW is still to come; its last page gives HEAD. What moves meanwhile lies above HEAD.
 */
import type { InboxPage } from '../../protocol/inbox.ts';
import { toRow } from './inbox.ts';
import type { InboxStore } from './store.ts';

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
export function pageAt(store: InboxStore, { head, since, below }: Place, limit: number): InboxPage {
  const rows = store.changesBetween(since, below, limit + 1, since === 0);
  const page = rows.slice(0, limit);
  const has_more = rows.length > limit;
  return {
    conversations: page.filter(({ role }) => role !== null).map(toRow),
    removed: page.filter(({ role }) => role === null).map(({ conversation_id }) => conversation_id),
    cursor: has_more ? [head, since, page.at(-1)!.version].join('-') : String(head),
    has_more,
  };
}
