/**
 * One conversation's log as far as this device has it: State, Event, Applied, `apply`. Pure.
 * Knows no network and no storage.
 * Invariants: every number from `first` to `last` is in, and nothing else; `messages` ascends strictly
 * within that range; an entry beyond a hole is held back until the hole is filled; a change is applied
 * once, by the `changed_by` rule, and is not listed itself.
 */
import type { HistoryPage } from '../../protocol/conversations.ts';
import type { Message } from '../../protocol/message.ts';
import { changed, isChange, isShown } from './change.ts';
import type { Cursor } from './storage.ts';

/** Entries held beyond a hole; what is above is fetched again. */
export const HELD_MAX = 1_000;

export interface State extends Cursor {
  /** False until a stored copy or the newest page is in: nothing is known of the log before that. */
  ready: boolean;
  messages: readonly Message[];
  held: ReadonlyMap<number, Message>;
  /** The highest number known to exist. */
  head: number;
  /** Changes that came while a page of older messages was under way and may not be in it yet; null: none is. */
  late: readonly Message[] | null;
}

export type Event =
  | { type: 'restored'; cursor: Cursor; messages: Message[] }
  /** The newest page: every number from its `from_message_id` up to its newest message. */
  | { type: 'newest'; page: HistoryPage }
  /** The same, in place of a copy that is too far behind: what lies between is a matter of scrolling up. */
  | { type: 'skipped'; page: HistoryPage }
  /** Log entries in ascending order, from the socket, from sync, or our own, acknowledged. */
  | { type: 'entries'; entries: readonly Message[] }
  /** Something with this number exists. */
  | { type: 'head'; number: number }
  | { type: 'epoch'; epoch: string }
  | { type: 'older_asked' }
  | { type: 'older'; before: number; page: HistoryPage }
  | { type: 'older_failed' }
  /** The log is another one than it was. */
  | { type: 'dropped' };

export interface Applied {
  state: State;
  /** Messages that are new or changed, to be stored. */
  changed: readonly Message[];
  /** Log entries that were not in before, ascending. */
  added: readonly Message[];
}

export const EMPTY: State = { ready: false, epoch: null, first: 1, last: 0, messages: [], held: new Map(), head: 0, late: null };

/** Newer entries exist: ask for what comes after `last`. */
export const hasHole = (state: State): boolean => state.ready && state.head > state.last;
export const hasOlder = (state: State): boolean => state.first > 1;

export function apply(state: State, event: Event): Applied {
  switch (event.type) {
    case 'restored':
      return same({ ...EMPTY, ...event.cursor, ready: true, messages: event.messages, head: event.cursor.last });
    case 'newest':
      return newest(event.page);
    case 'skipped': {
      const { state: next, changed: put } = newest(event.page);
      const beyond = [...state.held.values()].toSorted(ascending).filter(({ message_id }) => message_id > next.last);
      const applied = entries({ ...next, epoch: state.epoch, head: Math.max(next.head, state.head) }, beyond);
      return { ...applied, changed: [...put, ...applied.changed], added: [...put, ...applied.added] };
    }
    case 'entries':
      return entries(state, event.entries);
    case 'head':
      return same(event.number > state.head ? { ...state, head: event.number } : state);
    case 'epoch':
      return same({ ...state, epoch: event.epoch });
    case 'older_asked':
      return same({ ...state, late: [] });
    case 'older':
      return older(state, event.before, event.page);
    case 'older_failed':
      return same({ ...state, late: null });
    case 'dropped':
      return same(EMPTY);
  }
}

function newest(page: HistoryPage): Applied {
  const last = Math.max(0, ...page.messages.map(({ message_id }) => message_id));
  const first = page.from_message_id;
  const messages = page.messages.filter(isShown).toSorted(ascending);
  return { state: { ...EMPTY, ready: true, first, last, head: last, messages }, changed: messages, added: messages };
}

function entries(state: State, incoming: readonly Message[]): Applied {
  if (!state.ready) return same(state);
  const held = new Map(state.held);
  const added: Message[] = [];
  let { head, last } = state;
  for (const entry of incoming) {
    head = Math.max(head, entry.message_id);
    if (entry.message_id > last && held.size < HELD_MAX) held.set(entry.message_id, entry);
    for (let next = entry.message_id === last + 1 ? entry : undefined; next !== undefined; next = held.get(last + 1)) {
      added.push(next);
      held.delete(++last);
    }
  }
  if (added.length === 0) return same({ ...state, held, head });
  const messages = [...state.messages, ...added.filter(isShown)];
  const touched = new Map(added.filter(isShown).map((message) => [message.message_id, message]));
  const late = state.late === null ? null : [...state.late];
  for (const change of added.filter(isChange)) {
    if (change.target < state.first) late?.push(change);
    const index = indexOf(messages, change.target);
    const target = messages[index];
    if (target === undefined) continue;
    const next = changed(target, change);
    if (next === target) continue;
    messages[index] = next;
    touched.set(next.message_id, next);
  }
  return { state: { ...state, last, head, held, messages, late }, changed: [...touched.values()], added };
}

/** A page shows the log as it was when it was asked for, or later; changes since then are applied to it here. */
function older(state: State, before: number, page: HistoryPage): Applied {
  const { late } = state;
  if (late === null || before !== state.first) return same({ ...state, late: null });
  const messages = page.messages
    .filter((message) => isShown(message) && message.message_id < before)
    .toSorted(ascending)
    .map((message) => late.filter((change) => change.target === message.message_id).reduce(changed, message));
  return {
    state: { ...state, first: page.from_message_id, messages: [...messages, ...state.messages], late: null },
    changed: messages,
    added: messages,
  };
}

const same = (state: State): Applied => ({ state, changed: [], added: [] });
const ascending = (one: Message, other: Message): number => one.message_id - other.message_id;

/** Binary search; -1 when it is not loaded. */
function indexOf(messages: readonly Message[], messageId: number): number {
  let low = 0;
  let high = messages.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = messages[middle]!.message_id;
    if (found === messageId) return middle;
    if (found < messageId) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
