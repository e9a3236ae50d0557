/**
 * The rows of the inbox as far as the server has told them: State, Event, Applied, `apply`. Pure.
 * Invariants: a row never goes back: what came with an older cursor is not heard, and without a cursor only what
 * is further on is; the log's part and the read marker are merged by maximum. The cursor is that of a list
 * that came to its end. An inbox that was restored replaces everything, once all of it is here.
 */
import type { ConversationRow } from '../../protocol/conversations.ts';
import type { KeptRow, StoredInbox } from './storage.ts';

/** A list under way: by socket (successive hellos) or by HTTP. */
export interface Listing {
  /** From the beginning: what it does not name is gone. */
  fresh: boolean;
  /** The server's log of changes is another one than ours: its word replaces ours, also backwards. */
  restored: boolean;
  listed: ReadonlyMap<string, KeptRow>;
  gone: ReadonlySet<string>;
}

export interface State {
  cursor: string;
  rows: ReadonlyMap<string, KeptRow>;
  /** False until a stored copy or a whole list is in. */
  ready: boolean;
  /** The cursor that the connection began with; by HTTP we may be further. */
  asked: string;
  /** A whole list has come on this connection. */
  greeted: boolean;
  /** By socket; null: none is under way. */
  listing: Listing | null;
}

export interface Page {
  cursor: string;
  changed: readonly ConversationRow[];
  removed: readonly string[];
  has_more: boolean;
  /** On a first page: the server has started over, and names everything there is. */
  fresh?: true | undefined;
}

export type Event =
  | ({ type: 'stored' } & StoredInbox)
  /** A connection begins, from our cursor. */
  | { type: 'asked' }
  | { type: 'page'; page: Page }
  /** A whole list by HTTP, asked for with `from`. `refused`: the server does not know our cursor, so this is from the beginning. */
  | { type: 'fetched'; from: string; refused: boolean; pages: readonly Page[] }
  | { type: 'row'; row: ConversationRow; cursor: string | undefined }
  | { type: 'removed'; id: string; cursor: string }
  | { type: 'read'; id: string; messageId: number }
  | { type: 'shut' };

export interface Applied {
  state: State;
  /** Rows to be stored. */
  put: KeptRow[];
  remove: string[];
  reset: boolean;
}

export const EMPTY: State = { cursor: '', rows: new Map(), ready: false, asked: '', greeted: false, listing: null };

export function apply(state: State, event: Event): Applied {
  switch (event.type) {
    case 'stored': {
      const rows = new Map(event.rows.map((kept) => [kept.row.conversation_id, kept]));
      return same({ ...state, cursor: event.cursor, rows, ready: event.cursor !== '' || rows.size > 0 });
    }
    case 'asked':
      return same({ ...state, asked: state.cursor });
    case 'page':
      return listed(state, event.page);
    case 'fetched':
      return fetched(state, event);
    case 'row':
      return row(state, event.row, event.cursor);
    case 'removed':
      return removed(state, event.id, event.cursor);
    case 'read': {
      const known = state.rows.get(event.id);
      if (!known || event.messageId <= known.read) return same(state);
      const kept = { ...known, read: event.messageId };
      return { state: { ...state, rows: new Map(state.rows).set(event.id, kept) }, put: [kept], remove: [], reset: false };
    }
    case 'shut':
      return same({ ...state, greeted: false, listing: null });
  }
}

/** A later word of the server about a row. The log goes forward, whatever the order in which it is told. */
export function merged(known: KeptRow | undefined, row: ConversationRow, at: number): KeptRow {
  if (!known) return { row, read: row.read_message_id, at };
  const before = known.row;
  const read_message_id = Math.max(before.read_message_id, row.read_message_id);
  const next: ConversationRow = { ...row, read_message_id };
  if (row.last_message_id < before.last_message_id) Object.assign(next, logOf(before));
  // It has not heard yet how far we have read: what it counts is too much.
  if (row.read_message_id < before.read_message_id) {
    const since = Math.max(0, row.last_message_id - before.last_message_id);
    next.unread_count = Math.min(row.unread_count, before.unread_count + since);
    next.mention_count = Math.min(row.mention_count, before.mention_count + since);
  }
  return { row: next, read: Math.max(known.read, read_message_id), at: Math.max(known.at, at) };
}

function row(state: State, next: ConversationRow, cursor: string | undefined): Applied {
  const known = knownOf(state, next.conversation_id);
  const at = numberOf(cursor);
  if (known && (cursor === undefined ? !isFurther(next, known.row) : at < known.at)) return same(state);
  const kept = merged(known, next, at);
  const rows = new Map(state.rows).set(next.conversation_id, kept);
  const listing = listingWith(state.listing, next.conversation_id, kept);
  return { state: { ...state, rows, listing, cursor: followed(state, cursor) }, put: [kept], remove: [], reset: false };
}

function removed(state: State, id: string, cursor: string): Applied {
  const known = knownOf(state, id);
  const moved = { ...state, cursor: followed(state, cursor) };
  if (known && numberOf(cursor) < known.at) return same(moved);
  moved.listing = listingWith(state.listing, id, null);
  if (!state.rows.has(id)) return same(moved);
  const rows = new Map(state.rows);
  rows.delete(id);
  return { state: { ...moved, rows }, put: [], remove: [id], reset: false };
}

function listed(state: State, page: Page): Applied {
  // One list a connection: a page that comes again after the last one is no list of its own.
  if (state.greeted) return same(state);
  const listing = take(state, state.listing ?? begun(state.asked, page), page);
  if (!page.has_more) return ended({ ...state, greeted: true, listing: null }, listing, page.cursor);
  // The very first list is shown as it comes.
  const rows = listing.fresh && state.cursor === '' ? new Map([...state.rows, ...listing.listed]) : state.rows;
  return same({ ...state, listing, rows });
}

function fetched(state: State, { from, refused, pages }: Extract<Event, { type: 'fetched' }>): Applied {
  const first = pages[0];
  const last = pages.at(-1);
  if (!first || !last) return same(state);
  // The socket has been further meanwhile: what is listed here is known.
  if (!refused && from !== state.cursor && numberOf(last.cursor) <= numberOf(state.cursor)) return same(state);
  const listing = begun(from, first, refused);
  return ended(
    state,
    pages.reduce((list, page) => take(state, list, page), listing),
    last.cursor,
  );
}

/** A log of changes that ends before ours is another one. */
function begun(from: string, { cursor, fresh }: Page, restored: boolean = numberOf(cursor) < numberOf(from)): Listing {
  return { fresh: from === '' || restored || fresh === true, restored, listed: new Map(), gone: new Set() };
}

/** While an inbox that was restored is listed, what was known before says nothing. */
const knownOf = ({ listing, rows }: State, id: string): KeptRow | undefined => (listing?.restored ? listing.listed : rows).get(id);

/** What comes live between two pages is later than all that they name. */
function listingWith(listing: Listing | null, id: string, kept: KeptRow | null): Listing | null {
  if (listing === null) return null;
  const listed = new Map(listing.listed);
  if (kept) listed.set(id, kept);
  else listed.delete(id);
  return { ...listing, listed };
}

function take(state: State, { fresh, restored, listed: before, gone }: Listing, page: Page): Listing {
  const at = numberOf(page.cursor);
  const rows = new Map(before);
  for (const next of page.changed) {
    const known = restored ? undefined : state.rows.get(next.conversation_id);
    rows.set(next.conversation_id, known && at < known.at ? known : merged(known, next, at));
  }
  return { fresh, restored, listed: rows, gone: new Set([...gone, ...page.removed]) };
}

function ended(state: State, { fresh, restored, listed: rows, gone }: Listing, cursor: string): Applied {
  const put = [...rows.values()];
  if (restored) return { state: { ...state, ready: true, cursor, rows }, put, remove: [], reset: true };
  const at = numberOf(cursor);
  const remove = [...state.rows.values()]
    .filter((known) => known.at <= at && !rows.has(idOf(known)) && (fresh || gone.has(idOf(known))))
    .map(idOf);
  const all = new Map([...state.rows, ...rows]);
  for (const id of remove) all.delete(id);
  return { state: { ...state, ready: true, cursor: later(state.cursor, cursor), rows: all }, put, remove, reset: false };
}

const idOf = ({ row: { conversation_id } }: KeptRow): string => conversation_id;
const same = (state: State): Applied => ({ state, put: [], remove: [], reset: false });

/** Ours are numbers, also at the head of a continuation; of another kind of cursor nothing is known but the order of coming. */
export const numberOf = (cursor: string | undefined): number => Number.parseInt(cursor ?? '', 10) || 0;

const later = (now: string, next: string): string => (numberOf(next) < numberOf(now) ? now : next);

/** What comes live follows on the list; before that it says nothing of what lies between. */
const followed = (state: State, next: string | undefined): string =>
  state.greeted && next !== undefined ? later(state.cursor, next) : state.cursor;

const isFurther = (row: ConversationRow, known: ConversationRow): boolean =>
  row.last_message_id > known.last_message_id ||
  (row.last_message_id === known.last_message_id && row.read_message_id > known.read_message_id);

/** What the log decides in a row. */
function logOf(row: ConversationRow): Partial<ConversationRow> {
  const { title, avatar_url, members, role, last_message_id, last_message, unread_count, mention_count, updated_at } = row;
  return {
    ...{ title, avatar_url, role, last_message_id, unread_count, mention_count, updated_at },
    ...(members && { members }),
    ...(last_message && { last_message }),
  };
}
