/**
 * What was asked for and has no place in the log yet: State, Event, `apply`, and `nextFrame`, what may
 * go out now. Pure; knows no socket, no storage and no timers.
 * Invariants: one frame is under way at a time, because a refusal to be retried (`internal`, `stale`) must
 * not let a later frame overtake; frames leave in the order of `seq`; `after_message_id`, once sent, only
 * changes after the log has been searched; what is refused for good keeps its text and blocks nobody.
 */
import { ERRORS, REASONS, type Reason, type Refusal } from '../../protocol/errors.ts';
import type { LogFrame } from '../../protocol/client-frames.ts';
import type { NackFrame } from '../../protocol/server-frames.ts';
import type { QueuedFrame } from './storage.ts';

/** When the server names no time. */
export const RETRY_AFTER_MS = 1_000;
/** No answer for this long on a link that lives: begin anew. */
export const ANSWER_TIMEOUT_MS = 10_000;

export interface Entry extends QueuedFrame {
  /** On the device's disk, or refused there: only then may it go out. */
  stored: boolean;
  /** The disk has refused it. */
  volatile?: boolean;
}

export interface State {
  entries: readonly Entry[];
  /** False until the log is in up to its end: what is in it already must not be sent again. */
  open: boolean;
  underWay: { globalId: string; since: number } | null;
  /** The server asked us to wait. */
  notBefore: number;
  /** Told to wait: until this one comes again, the socket refuses every later message. */
  held: string | null;
  /** The server cannot tell whether it has this one: search the log, then stamp it anew. */
  stale: string | null;
}

export type Event =
  | { type: 'restored'; frames: QueuedFrame[] }
  | { type: 'added'; frame: LogFrame }
  /** This very frame is on the disk, or cannot be (`volatile`); a newer stamp may not be yet. */
  | { type: 'stored'; frame: LogFrame; volatile: boolean }
  /** For good, by the server or by this device. */
  | { type: 'refused'; globalId: string; refusal: Refusal }
  | { type: 'opened' }
  /** The connection is gone, or the log is not in to its end any more. */
  | { type: 'shut' }
  | { type: 'sent'; globalId: string }
  | { type: 'nack'; nack: NackFrame }
  /** Searched: not in the log up to `after`. */
  | { type: 'stamped'; globalId: string; after: number }
  /** These are in the log, or were discarded. */
  | { type: 'removed'; globalIds: ReadonlySet<string> }
  | { type: 'retried'; globalId: string };

export const EMPTY: State = { entries: [], open: false, underWay: null, notBefore: 0, held: null, stale: null };

export function apply(state: State, event: Event, now: number): State {
  switch (event.type) {
    case 'restored': {
      // Whatever was typed while the storage was being read comes after it.
      const seq = event.frames.at(-1)?.seq ?? 0;
      const typed = state.entries.map((entry, index) => ({ ...entry, seq: seq + index + 1 }));
      return { ...state, entries: [...event.frames.map((queued) => ({ ...queued, stored: true })), ...typed] };
    }
    case 'added': {
      const seq = (state.entries.at(-1)?.seq ?? 0) + 1;
      return { ...state, entries: [...state.entries, { seq, frame: event.frame, created_at: now, stored: false }] };
    }
    case 'stored':
      return replace(state, event.frame.global_id, (entry) =>
        entry.frame === event.frame ? { ...entry, stored: true, volatile: event.volatile } : entry,
      );
    case 'refused':
      return replace(state, event.globalId, (entry) => ({ ...entry, refusal: event.refusal }));
    case 'opened':
      return { ...state, open: true };
    case 'shut':
      return { ...state, open: false, underWay: null, held: null, stale: null };
    case 'sent':
      return { ...state, underWay: { globalId: event.globalId, since: now }, held: state.held === event.globalId ? null : state.held };
    case 'nack':
      return nacked(state, event.nack, now);
    case 'stamped': {
      const stamped = replace(state, event.globalId, (entry) => ({
        ...entry,
        stored: false,
        frame: { ...entry.frame, after_message_id: event.after },
      }));
      return { ...stamped, stale: stamped.stale === event.globalId ? null : stamped.stale };
    }
    case 'removed': {
      const gone = (globalId: string | undefined) => globalId !== undefined && event.globalIds.has(globalId);
      return {
        ...state,
        entries: state.entries.filter((entry) => !gone(entry.frame.global_id)),
        underWay: gone(state.underWay?.globalId) ? null : state.underWay,
        stale: gone(state.stale ?? undefined) ? null : state.stale,
      };
    }
    case 'retried':
      return replace(state, event.globalId, ({ refusal: _refusal, ...entry }) => entry);
  }
}

/** The one entry whose turn it is, if it may go out now. Unstamped, it has to be stamped and stored first. */
export function nextFrame(state: State, now: number): Entry | null {
  if (!state.open || state.underWay !== null || state.stale !== null || now < state.notBefore) return null;
  const head = state.entries.find((entry) => entry.refusal === undefined);
  return head?.stored === true && head.frame.after_message_id !== undefined ? head : null;
}

/** Something is still to be sent. */
export const isBusy = ({ entries }: State): boolean => entries.some(({ refusal }) => refusal === undefined);

/** When to look again although nothing has happened: the end of a wait, or an answer overdue. */
export function dueAt(state: State, now: number): number | null {
  if (!state.open) return null;
  if (state.underWay !== null) return state.underWay.since + ANSWER_TIMEOUT_MS;
  return state.notBefore > now ? state.notBefore : null;
}

export const isOverdue = (state: State, now: number): boolean => state.underWay !== null && now >= state.underWay.since + ANSWER_TIMEOUT_MS;

/** What the socket waits for will not come again: it reached the log another way, from another tab. Only a new connection helps. */
export const isStuck = ({ open, held, entries }: State): boolean =>
  open && held !== null && !entries.some(({ frame }) => frame.global_id === held);

function nacked(state: State, nack: NackFrame, now: number): State {
  const { global_id: globalId, code, detail, reason, retry_after } = nack;
  if (state.underWay?.globalId !== globalId) return state;
  const idle = { ...state, underWay: null };
  switch (ERRORS[code].retry) {
    case 'later':
      return {
        ...idle,
        held: state.entries.some(({ frame }) => frame.op === 'send' && frame.global_id === globalId) ? globalId : state.held,
        notBefore: now + (retry_after === undefined ? RETRY_AFTER_MS : retry_after * 1_000),
      };
    case 'after_sync':
      return { ...idle, stale: globalId };
    case 'never':
      return replace(idle, globalId, (entry) => ({ ...entry, refusal: { code, detail, ...(isReason(reason) && { reason }) } }));
  }
}

const isReason = (reason: string | undefined): reason is Reason => REASONS.some((known) => known === reason);

const replace = (state: State, globalId: string, change: (entry: Entry) => Entry): State => ({
  ...state,
  entries: state.entries.map((entry) => (entry.frame.global_id === globalId ? change(entry) : entry)),
});
