/**
 * The inbox as programs see it: rows with what this device knows better, sorted, summed up. Pure, but for
 * remembering the rows it has made, so that one that did not change keeps its reference.
 */
import type { ConversationRow } from '../../protocol/conversations.ts';
import type { State } from './inbox-state.ts';
import type { KeptRow } from './storage.ts';
import type { InboxView } from './types.ts';
import { wished, type Wishes } from './wishes.ts';

/** What the log on this device says of a conversation: ahead of the row while it is open here. */
export interface Digest {
  last_message_id: number;
  read_message_id: number;
  unread_count: number;
  mention_count: number;
  updated_at: number;
  last_message?: ConversationRow['last_message'];
}

export type InboxViewOf = (state: State, digests: ReadonlyMap<string, Digest>, wishes: Wishes, now: number) => InboxView;

export function createInboxView(): InboxViewOf {
  let made = new Map<string, { from: readonly unknown[]; row: ConversationRow }>();
  return (state, digests, wishes, now) => {
    const next: typeof made = new Map();
    for (const [id, kept] of state.rows) {
      const digest = digests.get(id);
      const mine = wishes.filter(({ conversationId }) => conversationId === id);
      const from = [kept, digest, ...mine];
      const before = made.get(id);
      const isSame = before?.from.length === from.length && before.from.every((part, index) => part === from[index]);
      next.set(id, isSame ? before : { from, row: wished(known(kept, digest), mine) });
    }
    made = next;
    const rows = [...next.values()].map(({ row }) => row).toSorted(inOrder);
    const conversations = rows.filter(({ state: asks }) => asks === undefined);
    const requests = rows.filter(({ state: asks, expires_at = Infinity }) => asks !== undefined && expires_at > now);
    return { conversations, requests, unread: totals(conversations, now), loading: !state.ready, catchingUp: !state.greeted };
  };
}

/** The row, with how far this device has read, and with the log as it is here when that is further on. */
export function known({ row, read }: KeptRow, digest: Digest | undefined): ConversationRow {
  const here = Math.max(read, digest?.read_message_id ?? 0);
  const read_message_id = Math.max(row.read_message_id, Math.min(here, row.last_message_id));
  if (digest && digest.last_message_id >= row.last_message_id && digest.read_message_id >= read_message_id) {
    const isAhead = digest.last_message_id > row.last_message_id || digest.read_message_id > row.read_message_id;
    if (!isAhead) return row;
    const { last_message = row.last_message, ...rest } = digest;
    const updated_at = Math.max(row.updated_at, digest.updated_at);
    return { ...row, ...rest, updated_at, ...(last_message && { last_message }) };
  }
  if (read_message_id === row.read_message_id) return row;
  const all = read_message_id >= row.last_message_id;
  return { ...row, read_message_id, ...(all && { unread_count: 0, mention_count: 0 }) };
}

export const isMuted = ({ muted_until }: ConversationRow, now: number): boolean => muted_until !== null && muted_until > now;

/** When the next mute ends; Infinity: none does. */
export const unmuteAt = (rows: readonly ConversationRow[], now: number): number =>
  Math.min(...rows.map((row) => (isMuted(row, now) ? row.muted_until! : Infinity)));

function totals(rows: readonly ConversationRow[], now: number): InboxView['unread'] {
  const sum = { messages: 0, mentions: 0, conversations: 0 };
  for (const row of rows) {
    if (row.archived || isMuted(row, now)) continue;
    sum.messages += row.unread_count;
    sum.mentions += row.mention_count;
    if (row.unread_count > 0 || row.marked_unread) sum.conversations++;
  }
  return sum;
}

const inOrder = (one: ConversationRow, other: ConversationRow): number =>
  Number(other.pinned) - Number(one.pinned) ||
  other.updated_at - one.updated_at ||
  (one.conversation_id < other.conversation_id ? -1 : Number(one.conversation_id > other.conversation_id));
