/** The connection's machine where the server has said something: come back later, or you are not who you were. */
import { expect, test } from 'vitest';
import { INITIAL, RETRY_AFTER_MAX_MS, transition, type Effect, type Event, type State } from '../../../client/src/connection.ts';
import { OTHER_USER } from '../../../client/src/identity.ts';

const NOW = 1_000_000;
const online: State = { at: 'online', attempt: 0, network: true, since: NOW, pingAt: NOW + 5_000, unansweredSince: null };
const connecting: State = { at: 'connecting', attempt: 0, network: true, since: NOW, welcome: false };
const waiting: State = {
  at: 'waiting',
  attempt: 1,
  network: true,
  since: NOW,
  retryAt: NOW + 9_000,
  notBefore: NOW + 9_000,
  welcome: false,
};
const asking: State = { at: 'asking', attempt: 0, network: true, welcome: false };
const removed: State = { at: 'ended', attempt: 0, network: true, reason: 'not_a_member' };

const restart = (reason: string): Event => ({ type: 'closed', code: 1012, reason });
const otherUser: Event = { type: 'refused', refusal: OTHER_USER };
const rateLimited = (retry_after: number): Event => ({ type: 'refused', refusal: { code: 'rate_limited', detail: '', retry_after } });
const hangUp: Effect = { type: 'close', code: 1000, reason: '' };
const HOUR = RETRY_AFTER_MAX_MS;

test.each<[title: string, from: State, event: Event, chance: number, to: Partial<State>, effects: Effect[]]>([
  ['[B8] online, restart: at once at the earliest', online, restart('{"retry_after":30}'), 0, { at: 'waiting', retryAt: NOW }, []],
  ['[B8] online, restart: just before the end at the latest', online, restart('{"retry_after":30}'), 0.99, { retryAt: NOW + 29_700 }, []],
  [
    '[B8] connecting, restart: the same, and asks nothing',
    connecting,
    restart('{"retry_after":30}'),
    0.5,
    { at: 'waiting', retryAt: NOW + 15_000, notBefore: NOW + 15_000 },
    [],
  ],
  ['[B8] online, restart for ever: an hour', online, restart('{"retry_after":9000000000}'), 0.5, { retryAt: NOW + HOUR / 2 }, []],
  ['online, told to wait for ever: an hour', online, rateLimited(9e9), 0, { at: 'waiting', retryAt: NOW + HOUR }, [hangUp]],
  ['[B8] waiting, network back: not before its time', waiting, { type: 'hint', hint: 'online' }, 0, { retryAt: NOW + 9_000 }, []],
  ['[B8] waiting, page to the front: not before its time', waiting, { type: 'hint', hint: 'visible' }, 0, { retryAt: NOW + 9_000 }, []],
  ['[E1] online, another user’s: ended', online, otherUser, 0, { at: 'ended', reason: 'other_user' }, [hangUp]],
  ['[E1] connecting, another user’s: ended', connecting, otherUser, 0, { at: 'ended', reason: 'other_user' }, [hangUp]],
  ['[E1] asking, another user’s: ended', asking, otherUser, 0, { at: 'ended', reason: 'other_user' }, []],
  ['[E1] waiting, another user’s: ended', waiting, otherUser, 0, { at: 'ended', reason: 'other_user' }, []],
  ['[E1] ended, another user’s: that is why, from now on', removed, otherUser, 0, { at: 'ended', reason: 'other_user' }, []],
  ['[E1] idle, another user’s: ended, too', INITIAL, otherUser, 0, { at: 'ended', reason: 'other_user' }, []],
])('%s', (_title, from, event, chance, to, effects) => {
  const next = transition(from, event, NOW, () => chance);
  expect(next.state).toMatchObject(to);
  expect(next.effects).toEqual(effects);
});
