/** The transition table of the connection, row by row. */
import { describe, expect, test } from 'vitest';
import {
  BACKOFF_MAX_MS,
  BACKOFF_MIN_MS,
  CONNECT_TIMEOUT_MS,
  dueAt,
  INITIAL,
  PONG_TIMEOUT_MS,
  STABLE_AFTER_MS,
  statusOf,
  transition,
  type Effect,
  type Event,
  type State,
} from '../../../client/src/connection.ts';
import { HEARTBEAT_INTERVAL_MS } from '../../../protocol/limits.ts';

const NOW = 1_000_000;
const half = () => 0.5;

const idle: State = INITIAL;
const connecting: State = { at: 'connecting', attempt: 0, network: true, since: NOW, welcome: false };
const welcomed: State = { ...connecting, welcome: true };
const asking: State = { at: 'asking', attempt: 0, network: true, welcome: false };
const online: State = { at: 'online', attempt: 0, network: true, since: NOW, pingAt: NOW + HEARTBEAT_INTERVAL_MS, unansweredSince: null };
const unanswered: State = { ...online, pingAt: NOW + 2 * HEARTBEAT_INTERVAL_MS, unansweredSince: NOW + HEARTBEAT_INTERVAL_MS };
const waiting: State = { at: 'waiting', attempt: 1, network: true, since: NOW, retryAt: NOW + 8_000, notBefore: NOW, welcome: false };
const ended: State = { at: 'ended', attempt: 0, network: true, reason: 'replaced' };

const after = (state: State, event: Event, now = NOW, random = half) => transition(state, event, now, random);
const closed = (code: number, reason = ''): Event => ({ type: 'closed', code, reason });
const timer: Event = { type: 'timer' };
const open: Effect = { type: 'open' };
const ping: Effect = { type: 'ping' };
const close = (code: number, reason: string): Effect => ({ type: 'close', code, reason });

describe('transition', () => {
  test.each<[title: string, from: State, event: Event, now: number, to: Partial<State>, effects: Effect[]]>([
    ['idle, open: connects', idle, { type: 'open' }, NOW, { at: 'connecting', since: NOW, attempt: 0 }, [open]],
    ['idle, timer: stays', idle, timer, NOW, idle, []],
    ['ended, open: connects anew', ended, { type: 'open' }, NOW, { at: 'connecting', attempt: 0 }, [open]],
    ['ended, timer: stays', ended, timer, NOW, ended, []],
    ['ended, network is back: stays', ended, { type: 'hint', hint: 'online' }, NOW, ended, []],

    ['connecting, hello: online, the first ping due', connecting, { type: 'hello' }, NOW, online, []],
    ['connecting, open: stays', connecting, { type: 'open' }, NOW, connecting, []],
    ['connecting, no hello yet: stays', connecting, timer, NOW + CONNECT_TIMEOUT_MS - 1, connecting, []],
    [
      'connecting, no hello in time: closes and waits',
      connecting,
      timer,
      NOW + CONNECT_TIMEOUT_MS,
      { at: 'waiting', attempt: 1 },
      [close(4408, 'no hello')],
    ],
    ['connecting, upgrade refused: asks why', connecting, closed(1006), NOW, { at: 'asking' }, [{ type: 'ask' }]],
    ['connecting, refused again though we may be here: waits', welcomed, closed(1006), NOW, { at: 'waiting', welcome: true }, []],
    [
      'connecting, no ticket for lack of network: closes and waits',
      connecting,
      { type: 'refused', refusal: { code: 'unavailable', detail: '' } },
      NOW,
      { at: 'waiting', attempt: 1 },
      [close(1000, '')],
    ],
    ['connecting, close: idle', connecting, { type: 'close' }, NOW, idle, [close(1000, '')]],

    [
      'asking, signed out: ended',
      asking,
      { type: 'refused', refusal: { code: 'unauthenticated', detail: '' } },
      NOW,
      { at: 'ended', reason: 'unauthenticated' },
      [],
    ],
    [
      'asking, not there: ended',
      asking,
      { type: 'refused', refusal: { code: 'not_found', detail: '' } },
      NOW,
      { at: 'ended', reason: 'not_a_member' },
      [],
    ],
    [
      'asking, no answer: waits',
      asking,
      { type: 'refused', refusal: { code: 'unavailable', detail: '' } },
      NOW,
      { at: 'waiting', welcome: false },
      [],
    ],
    ['asking, welcome: waits, and asks no more', asking, { type: 'welcome' }, NOW, { at: 'waiting', welcome: true }, []],
    ['asking, close: idle', asking, { type: 'close' }, NOW, idle, []],

    ['online, timer before the ping is due: stays', online, timer, NOW + HEARTBEAT_INTERVAL_MS - 1, online, []],
    ['online, ping due: pings and listens', online, timer, NOW + HEARTBEAT_INTERVAL_MS, unanswered, [ping]],
    ['online, anything heard: the ping is answered', unanswered, { type: 'heard' }, NOW, { ...unanswered, unansweredSince: null }, []],
    [
      'online, still unanswered: pings again',
      unanswered,
      timer,
      NOW + 2 * HEARTBEAT_INTERVAL_MS,
      { at: 'online', unansweredSince: NOW + HEARTBEAT_INTERVAL_MS },
      [ping],
    ],
    [
      'online, unanswered too long: closes and waits',
      unanswered,
      timer,
      NOW + HEARTBEAT_INTERVAL_MS + PONG_TIMEOUT_MS,
      { at: 'waiting' },
      [close(4408, 'no pong')],
    ],
    ['online, connection lost: waits', online, closed(1006), NOW, { at: 'waiting', attempt: 1 }, []],
    ['online, credentials ended: ended', online, closed(4401), NOW, { at: 'ended', reason: 'unauthenticated' }, []],
    ['online, no longer a member: ended', online, closed(4403), NOW, { at: 'ended', reason: 'not_a_member' }, []],
    ['online, opened elsewhere: ended', online, closed(4409), NOW, { at: 'ended', reason: 'replaced' }, []],
    [
      'online, restart with JSON: waits a part of what it says',
      online,
      closed(1012, '{"retry_after":4}'),
      NOW,
      { at: 'waiting', attempt: 0, retryAt: NOW + 2_000, notBefore: NOW + 2_000 },
      [],
    ],
    ['online, restart with a number: the same', online, closed(1012, '4'), NOW, { at: 'waiting', retryAt: NOW + 2_000 }, []],
    [
      'online, restart without a time: backs off',
      online,
      closed(1012),
      NOW,
      { at: 'waiting', attempt: 1, retryAt: NOW + BACKOFF_MIN_MS / 2 },
      [],
    ],
    ['online, flooding: backs off for long', online, closed(4429), NOW, { at: 'waiting', attempt: 5, retryAt: NOW + 4_000 }, []],
    [
      'online, catching up was refused: hangs up and waits',
      online,
      { type: 'refused', refusal: { code: 'internal', detail: '' } },
      NOW,
      { at: 'waiting' },
      [close(1000, '')],
    ],
    [
      'online, start over at once: waits for nothing',
      online,
      { type: 'restart', now: true },
      NOW,
      { at: 'waiting', retryAt: NOW },
      [close(1000, 'start over')],
    ],
    [
      'online, start over at once for the second time in a row: backs off',
      { ...online, attempt: 1 },
      { type: 'restart', now: true },
      NOW,
      { at: 'waiting', attempt: 2, retryAt: NOW + BACKOFF_MIN_MS },
      [close(1000, 'start over')],
    ],
    [
      'online, start over: backs off',
      online,
      { type: 'restart', now: false },
      NOW,
      { at: 'waiting', retryAt: NOW + BACKOFF_MIN_MS / 2 },
      [close(1000, 'start over')],
    ],
    [
      'online, page to the front: pings at once',
      online,
      { type: 'hint', hint: 'visible' },
      NOW + 1,
      { at: 'online', unansweredSince: NOW + 1 },
      [ping],
    ],
    [
      'online, told that there is no network: pings, and believes the link',
      online,
      { type: 'hint', hint: 'offline' },
      NOW + 1,
      { at: 'online', network: false },
      [ping],
    ],
    ['online, open: stays', online, { type: 'open' }, NOW, online, []],
    ['online, close: idle', online, { type: 'close' }, NOW, idle, [close(1000, '')]],

    ['waiting, timer too early: stays', waiting, timer, NOW + 7_999, waiting, []],
    ['waiting, time is up: connects', waiting, timer, NOW + 8_000, { at: 'connecting', attempt: 1, since: NOW + 8_000 }, [open]],
    ['waiting, open: keeps its turn', waiting, { type: 'open' }, NOW, waiting, []],
    [
      'waiting, network is back: comes forward',
      waiting,
      { type: 'hint', hint: 'online' },
      NOW + 2_000,
      { ...waiting, retryAt: NOW + 2_000 },
      [],
    ],
    [
      'waiting, network flaps: not sooner than the shortest wait',
      waiting,
      { type: 'hint', hint: 'online' },
      NOW,
      { ...waiting, retryAt: NOW + BACKOFF_MIN_MS },
      [],
    ],
    [
      'waiting, no network: only the safety net is left',
      waiting,
      { type: 'hint', hint: 'offline' },
      NOW,
      { ...waiting, network: false, retryAt: NOW + BACKOFF_MAX_MS },
      [],
    ],
    [
      'waiting as told by the server, network is back: waits on',
      { ...waiting, notBefore: NOW + 6_000 },
      { type: 'hint', hint: 'online' },
      NOW + 1_000,
      { at: 'waiting', retryAt: NOW + 6_000 },
      [],
    ],
    ['waiting, late close of a socket: stays', waiting, closed(1006), NOW, waiting, []],
    ['waiting, close: idle', waiting, { type: 'close' }, NOW, idle, []],
  ])('%s', (_title, from, event, now, to, effects) => {
    const next = after(from, event, now);
    expect(next.state).toMatchObject(to);
    expect(next.effects).toEqual(effects);
  });
});

test('waits double from half a second to half a minute, anywhere below the ceiling', () => {
  const almostAll = () => 0.999_999;
  const waits: number[] = [];
  let state: State = welcomed;
  for (let failure = 0; failure < 9; failure++) {
    state = after(state, closed(1006), NOW, almostAll).state;
    waits.push(Math.round((dueAt(state) ?? 0) - NOW));
    state = after(state, timer, Infinity).state;
  }
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  expect(dueAt(after(welcomed, closed(1006), NOW, () => 0).state)).toBe(NOW);
});

test('a connection that held for ten seconds clears the failures before it', () => {
  const shaky: State = { ...online, attempt: 6 };
  expect(after(shaky, closed(1006), NOW + STABLE_AFTER_MS - 1).state.attempt).toBe(7);
  expect(after(shaky, closed(1006), NOW + STABLE_AFTER_MS).state.attempt).toBe(1);
});

test('retry_after of a refusal is honoured, with a little chance on top', () => {
  const { state } = after(connecting, { type: 'refused', refusal: { code: 'rate_limited', detail: '', retry_after: 7 } });
  expect(state).toMatchObject({ at: 'waiting', notBefore: NOW + 7_000, retryAt: NOW + 7_000 + BACKOFF_MIN_MS / 2 });
});

test('a dead link is found within 15 s of the last sign of life, even by a timer that comes late', () => {
  expect(HEARTBEAT_INTERVAL_MS + PONG_TIMEOUT_MS).toBeLessThanOrEqual(15_000);
  const pinged = after(online, timer, dueAt(online)!).state;
  const pingedTwice = after(pinged, timer, dueAt(pinged)!).state;
  expect(dueAt(pingedTwice)).toBeLessThanOrEqual(NOW + 15_000);
});

test('every state that needs a timer has one, and the others none', () => {
  expect([idle, asking, ended].map(dueAt)).toEqual([null, null, null]);
  expect([connecting, online, unanswered, waiting].map(dueAt)).toEqual([
    NOW + CONNECT_TIMEOUT_MS,
    NOW + HEARTBEAT_INTERVAL_MS,
    NOW + 2 * HEARTBEAT_INTERVAL_MS,
    NOW + 8_000,
  ]);
});

test('the status says what a user can understand', () => {
  expect([idle, connecting, asking, online, waiting, { ...waiting, network: false }, ended].map(statusOf)).toEqual([
    { state: 'idle' },
    { state: 'connecting' },
    { state: 'connecting' },
    { state: 'online' },
    { state: 'waiting', retryAt: NOW + 8_000 },
    { state: 'offline', retryAt: NOW + 8_000 },
    { state: 'ended', reason: 'replaced' },
  ]);
});
