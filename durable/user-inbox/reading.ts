/** The list and the changes by HTTP, and the user's own view of a conversation: brought up to date before they are read. */
import type { ConversationList, ConversationRow, UnansweredState } from '../../protocol/conversations.ts';
import type { InboxPage, SettingsBody } from '../../protocol/inbox.ts';
import { accept, refuse, type Outcome } from '../../protocol/outcome.ts';
import type { Assembly } from './assembly.ts';
import { toRow } from './inbox.ts';
import { isContinuation, listPage, pageAt, placeOf, unansweredPage } from './pages.ts';
import type { InboxRecord } from './schema.ts';

export async function list(assembly: Assembly, cursor: string, limit: number, state?: UnansweredState): Promise<Outcome<ConversationList>> {
  if (!/^\d{0,15}$/.test(cursor)) return BAD_CURSOR;
  if (cursor === '') await bringUpToDate(assembly);
  const below = cursor === '' ? Number.MAX_SAFE_INTEGER : Number(cursor);
  const { store } = assembly.platform;
  return accept(state === undefined ? listPage(store, below, limit) : unansweredPage(store, state, below, limit));
}

export async function changes(assembly: Assembly, cursor: string, limit: number): Promise<Outcome<InboxPage>> {
  if (!isContinuation(cursor)) await bringUpToDate(assembly);
  const { store } = assembly.platform;
  const place = placeOf(cursor, assembly.rows.version, store.collectedTo());
  if (place === undefined) return BAD_CURSOR;
  return accept({ ...pageAt(store, place, limit), ...(place.fresh && { fresh: true as const }) });
}

/** Marked as unread holds until something is read, so what was read before must be known first. */
export async function changeSettings(assembly: Assembly, id: string, settings: SettingsBody): Promise<Outcome<ConversationRow>> {
  if (settings.marked_unread === true) await ask(assembly, id);
  const changed = await changeOwn(assembly, id, (row) => assembly.rows.changeSettings(row, settings));
  return changed.ok ? accept(toRow(changed.value)) : changed;
}

/** Changes the user's own view of a conversation; one that has not told of itself yet is asked. */
export async function changeOwn<T>(assembly: Assembly, conversationId: string, change: (old: InboxRecord) => T): Promise<Outcome<T>> {
  const { rows } = assembly;
  if (rows.ofMember(conversationId) === undefined) await ask(assembly, conversationId);
  // Read after the wait: it may have moved.
  const row = rows.ofMember(conversationId);
  return row === undefined ? refuse('not_found', 'no such conversation') : accept(change(row));
}

/** Before the first page by HTTP; those that follow are of the same state. */
async function bringUpToDate({ rows, catchUp }: Assembly): Promise<void> {
  await catchUp.once();
  rows.storeShown();
}

async function ask({ platform, rows }: Assembly, conversationId: string): Promise<void> {
  const delivery = await platform.conversations.exact(conversationId, false);
  if (delivery !== null) rows.take(delivery, false);
}

const BAD_CURSOR = refuse('bad_request', 'cursor: not one of ours');
