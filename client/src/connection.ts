/**
 * One conversation's connection as a pure machine: State, Event, Effect, `transition`, and `dueAt`,
 * the instant of the next `timer`. Knows no socket, no timer, no frames.
 * Invariants: an `open` effect never leaves while a socket may still be there without a `close`
 * before it; `ended` and `idle` are left only by `open`; a wait the server asked for is never cut short.
 */
import { CLOSE, type Refusal } from '../../protocol/errors.ts';
import { HEARTBEAT_INTERVAL_MS } from '../../protocol/limits.ts';
import type { ConnectionStatus, EndReason, NetworkHint } from './types.ts';

export const BACKOFF_MIN_MS = 500;
export const BACKOFF_MAX_MS = 30_000;
/** From the opening of the socket to the hello. */
export const CONNECT_TIMEOUT_MS = 15_000;
/** From an unanswered ping to the verdict; with the interval before it a dead link is found within 15 s. */
export const PONG_TIMEOUT_MS = 10_000;
/** A connection that lasted less counts as one more failure. */
export const STABLE_AFTER_MS = 10_000;
/** No wait is longer, whatever the server asks for; nor longer than a timer can be set. */
export const RETRY_AFTER_MAX_MS = 60 * 60_000;
/** A flood of complaints of ours is no reason to come back at once. */
const FLOODING_ATTEMPTS = 4;

/** `attempt`: failures in a row. `network`: false while the device says it has none. */
interface Common {
  attempt: number;
  network: boolean;
}
/** The server has told us that we may be here, so a refused upgrade has another cause. */
interface Asked {
  welcome: boolean;
}
export type State = Common &
  (
    | { at: 'idle' }
    | ({ at: 'connecting'; since: number } & Asked)
    | ({ at: 'asking' } & Asked)
    | { at: 'online'; since: number; pingAt: number; unansweredSince: number | null }
    | ({ at: 'waiting'; since: number; retryAt: number; notBefore: number } & Asked)
    | { at: 'ended'; reason: EndReason }
  );

export type Event =
  | { type: 'open' }
  | { type: 'close' }
  | { type: 'hello' }
  /** Anything arrived, a pong included. */
  | { type: 'heard' }
  | { type: 'closed'; code: number; reason: string }
  /** The ticket or the first page could not be had, or the question was answered by a refusal. */
  | { type: 'refused'; refusal: Refusal }
  /** The question was answered: we may be here. */
  | { type: 'welcome' }
  /** The link lives, but what was sent is not answered, or the copy must be fetched anew. */
  | { type: 'restart'; now: boolean }
  | { type: 'hint'; hint: NetworkHint }
  | { type: 'timer' };

export type Effect =
  | { type: 'open' }
  | { type: 'close'; code: number; reason: string }
  | { type: 'ping' }
  /** `GET /v1/conversations/{id}`: why was the upgrade refused? */
  | { type: 'ask' };

export interface Transition {
  state: State;
  effects: Effect[];
}

export const INITIAL: State = { at: 'idle', attempt: 0, network: true };

export function transition(state: State, event: Event, now: number, random: () => number): Transition {
  if (event.type === 'hint') return hinted(state, event.hint, now);
  // Every connection of the client hears of it, in whatever state.
  if (event.type === 'refused' && event.refusal.reason === 'other_user') return { state: end(state, 'other_user'), effects: hangUp(state) };
  if (event.type === 'close') return { state: { at: 'idle', attempt: 0, network: state.network }, effects: hangUp(state) };
  switch (state.at) {
    case 'idle':
    case 'ended':
      return event.type === 'open' ? connect({ ...state, attempt: 0 }, now, false) : stay(state);
    case 'connecting':
      if (event.type === 'hello')
        return stay({ ...common(state), at: 'online', since: now, pingAt: now + HEARTBEAT_INTERVAL_MS, unansweredSince: null });
      if (event.type === 'refused') return refused(state, event.refusal, now, random);
      if (event.type === 'restart') return again(state, event.now, now, random);
      if (event.type === 'closed') return closed(state, event, now, random);
      if (event.type === 'timer' && now >= state.since + CONNECT_TIMEOUT_MS) {
        return { state: wait(state, now, random), effects: [{ type: 'close', code: CLOSE.heartbeat_lost, reason: 'no hello' }] };
      }
      return stay(state);
    case 'asking':
      if (event.type === 'refused') return refused(state, event.refusal, now, random);
      return event.type === 'welcome' ? stay(wait({ ...state, welcome: true }, now, random)) : stay(state);
    case 'online':
      return online(state, event, now, random);
    case 'waiting':
      return event.type === 'timer' && now >= state.retryAt ? connect(state, now, state.welcome) : stay(state);
  }
}

/** When the next `timer` is due; null: nothing to wait for. */
export function dueAt(state: State): number | null {
  switch (state.at) {
    case 'connecting':
      return state.since + CONNECT_TIMEOUT_MS;
    case 'online':
      return state.unansweredSince === null ? state.pingAt : Math.min(state.pingAt, state.unansweredSince + PONG_TIMEOUT_MS);
    case 'waiting':
      return state.retryAt;
    case 'idle':
    case 'asking':
    case 'ended':
      return null;
  }
}

export function statusOf(state: State): ConnectionStatus {
  switch (state.at) {
    case 'asking':
      return { state: 'connecting' };
    case 'waiting':
      return { state: state.network ? 'waiting' : 'offline', retryAt: state.retryAt };
    case 'ended':
      return { state: 'ended', reason: state.reason };
    case 'idle':
    case 'connecting':
    case 'online':
      return { state: state.at };
  }
}

type At<Name extends State['at']> = Extract<State, { at: Name }>;

function online(state: At<'online'>, event: Exclude<Event, { type: 'hint' | 'close' }>, now: number, random: () => number): Transition {
  switch (event.type) {
    case 'heard':
      return stay(state.unansweredSince === null ? state : { ...state, unansweredSince: null });
    case 'closed':
      return closed(state, event, now, random);
    case 'refused':
      return refused(state, event.refusal, now, random);
    case 'restart':
      return again(state, event.now, now, random);
    case 'timer':
      if (state.unansweredSince !== null && now >= state.unansweredSince + PONG_TIMEOUT_MS) {
        return { state: wait(state, now, random), effects: [{ type: 'close', code: CLOSE.heartbeat_lost, reason: 'no pong' }] };
      }
      return now >= state.pingAt ? ping(state, now) : stay(state);
    case 'open':
    case 'hello':
    case 'welcome':
      return stay(state);
  }
}

function closed(
  state: At<'connecting' | 'online'>,
  { code, reason }: { code: number; reason: string },
  now: number,
  random: () => number,
): Transition {
  if (code === CLOSE.credentials_ended) return stay(end(state, 'unauthenticated'));
  if (code === CLOSE.not_a_member) return stay(end(state, 'not_a_member'));
  if (code === CLOSE.replaced) return stay(end(state, 'replaced'));
  const retryAfterMs = code === CLOSE.restart || code === CLOSE.flooding ? retryAfterIn(reason) : null;
  if (retryAfterMs !== null) {
    const retryAt = now + random() * retryAfterMs;
    return stay({ ...common(state), at: 'waiting', since: now, retryAt, notBefore: retryAt, welcome: false });
  }
  if (code === CLOSE.flooding) return stay(wait({ ...state, attempt: Math.max(state.attempt, FLOODING_ATTEMPTS) }, now, random));
  // A browser is not told why an upgrade was refused, so ask, once in a row of failures.
  if (state.at === 'connecting' && !state.welcome)
    return { state: { ...common(state), at: 'asking', welcome: false }, effects: [{ type: 'ask' }] };
  return stay(wait(state, now, random));
}

function refused(state: At<'connecting' | 'asking' | 'online'>, refusal: Refusal, now: number, random: () => number): Transition {
  const effects = hangUp(state);
  if (refusal.code === 'unauthenticated') return { state: end(state, 'unauthenticated'), effects };
  if (refusal.code === 'not_found' || refusal.code === 'forbidden') return { state: end(state, 'not_a_member'), effects };
  const next = wait(state, now, random);
  if (refusal.retry_after === undefined) return { state: next, effects };
  const notBefore = now + Math.min(refusal.retry_after * 1_000, RETRY_AFTER_MAX_MS);
  return { state: { ...next, notBefore, retryAt: notBefore + random() * BACKOFF_MIN_MS }, effects };
}

function again(state: At<'connecting' | 'online'>, atOnce: boolean, now: number, random: () => number): Transition {
  const next = wait(state, now, random);
  // At once, but only the first time in a row: a server that contradicts itself is not to be hammered.
  if (atOnce && next.attempt === 1) next.retryAt = now;
  return { state: next, effects: [{ type: 'close', code: 1000, reason: 'start over' }] };
}

/** Hints only bring forward what would happen anyway; they never end a link that works. */
function hinted(state: State, hint: NetworkHint, now: number): Transition {
  const network = hint === 'visible' ? state.network : hint === 'online';
  if (state.at === 'online') return ping({ ...state, network }, now);
  if (state.at !== 'waiting') return stay({ ...state, network });
  if (hint === 'offline') return stay({ ...state, network, retryAt: Math.max(state.retryAt, now + BACKOFF_MAX_MS) });
  const earliest = Math.max(now, state.notBefore, state.since + BACKOFF_MIN_MS);
  return stay({ ...state, network, retryAt: Math.min(state.retryAt, earliest) });
}

function connect(state: State, now: number, welcome: boolean): Transition {
  return { state: { ...common(state), at: 'connecting', since: now, welcome }, effects: [{ type: 'open' }] };
}

function ping(state: At<'online'>, now: number): Transition {
  const unansweredSince = state.unansweredSince ?? now;
  return { state: { ...state, pingAt: now + HEARTBEAT_INTERVAL_MS, unansweredSince }, effects: [{ type: 'ping' }] };
}

/** Full jitter: anywhere between now and a ceiling that doubles from half a second to half a minute. */
function wait(state: State, now: number, random: () => number): At<'waiting'> {
  const attempt = state.at === 'online' && now >= state.since + STABLE_AFTER_MS ? 0 : state.attempt;
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** attempt);
  // Without a network the wait is only a safety net for a device that is wrong about it.
  const retryAt = state.network ? now + random() * ceiling : now + BACKOFF_MAX_MS;
  const welcome = 'welcome' in state && state.welcome;
  return { at: 'waiting', attempt: attempt + 1, network: state.network, since: now, retryAt, notBefore: now, welcome };
}

const common = ({ attempt, network }: State): Common => ({ attempt, network });
const stay = (state: State): Transition => ({ state, effects: [] });
const end = (state: State, reason: EndReason): State => ({ ...common(state), at: 'ended', reason });

const hangUp = (state: State): Effect[] =>
  state.at === 'connecting' || state.at === 'online' ? [{ type: 'close', code: 1000, reason: '' }] : [];

/** Seconds in a close reason, bare or as `{"retry_after": n}`. */
function retryAfterIn(reason: string): number | null {
  const seconds = Number(/"retry_after"\s*:\s*([\d.]+)/.exec(reason)?.[1] ?? (reason.trim() === '' ? Number.NaN : reason));
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1_000, RETRY_AFTER_MAX_MS) : null;
}
