/** Sessions in their user's object: what a credential is worth, what its end leads to, and what that costs. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Proof, SessionRecord, Use } from '../../../durable/user-inbox/sessions/api.ts';
import { OPENED_MAX } from '../../../durable/user-inbox/sessions/opened.ts';
import { ENDED_MAX, isRenewalDue, surplus, verdict, type Facts } from '../../../durable/user-inbox/sessions/rules.ts';
import type { Sessions } from '../../../durable/user-inbox/sessions/sessions.ts';
import { SESSIONS_PER_USER_MAX, SESSION_LIFETIME_MS, UPGRADES_PER_MINUTE } from '../../../protocol/limits.ts';
import { delivery } from './builders.ts';
import { Stage } from './stage.ts';

const DAY_MS = 86_400_000;
const NOW = 1_000_000;

const record = (session_id: string, more: Partial<SessionRecord> = {}): SessionRecord => ({
  session_id,
  token_hash: `hash of ${session_id}`,
  created_at: NOW,
  updated_at: NOW,
  expires_at: NOW + SESSION_LIFETIME_MS,
  ip_address: null,
  user_agent: null,
  has_sockets: 0,
  ...more,
});
const token = (session_id: string, renew = true): Proof => ({ kind: 'token', token_hash: `hash of ${session_id}`, renew });
const jwt = (session_id: string, state: 'claimed' | 'kept' | 'later' = 'claimed', hash = 'p'): Proof => ({
  kind: 'jwt',
  session_id: `jwt:${session_id}`,
  expires_at: NOW + 3_600_000,
  profile: { hash, state },
});
const ticket = (session_id: string, more: Partial<Extract<Proof, { kind: 'ticket' }>> = {}): Proof => ({
  kind: 'ticket',
  session_id,
  session_expires_at: NOW + 3_600_000,
  nonce: 'n',
  expires_at: NOW + 30_000,
  ...more,
});
const request: Use = { kind: 'request' };
const socket = (conversation_id: string | null = null, device_id = 'd'): Use => ({ kind: 'socket', device_id, conversation_id });

describe('[A2] what a proof is worth', () => {
  const facts: Facts = { userId: 'u', record: undefined, isEnded: false, isUsed: false, profile: 'p' };
  const mine = record('s');
  it.each<[string, Proof, Partial<Facts>, string]>([
    ['a token that is known', token('s'), { record: mine }, 's'],
    ['one that is not', token('s'), {}, 'unauthenticated'],
    ['one that ran out', token('s'), { record: { ...mine, expires_at: NOW } }, 'unauthenticated'],
    ['a JWT', jwt('j'), {}, 'jwt:j'],
    ['one that was ended', jwt('j'), { isEnded: true }, 'unauthenticated'],
    ['one of a user whom D1 does not know', jwt('j'), { profile: null }, 'new'],
    ['one with another name than D1 has', jwt('j'), { profile: 'q' }, 'changed'],
    ['one whose name D1 has by now', jwt('j', 'kept'), { profile: null }, 'jwt:j'],
    ['one whose name D1 could not be told', jwt('j', 'later'), { profile: 'q' }, 'jwt:j'],
    ['a ticket of a session', ticket('s'), { record: mine }, 's'],
    ['one that was used', ticket('s'), { record: mine, isUsed: true }, 'unauthenticated'],
    ['one that is old', ticket('s', { expires_at: NOW }), { record: mine }, 'unauthenticated'],
    ['one whose session is gone', ticket('s'), {}, 'unauthenticated'],
    ['one of a JWT', ticket('jwt:j'), {}, 'jwt:j'],
    ['one of a JWT that was ended', ticket('jwt:j'), { isEnded: true }, 'unauthenticated'],
    ['one of a JWT that ran out', ticket('jwt:j', { session_expires_at: NOW }), {}, 'unauthenticated'],
  ])('%s', (_case, proof, known, expected) => {
    const found = verdict(proof, { ...facts, ...known }, NOW);
    const answer = !found.ok ? found.refusal.code : 'profile' in found.value ? found.value.profile : found.value.session.session_id;
    expect(answer).toBe(expected);
  });

  it.each([
    ['a day after the last time', record('s'), DAY_MS, true],
    ['not before', record('s'), DAY_MS - 1, false],
    ['never where it is not to be remembered', record('s', { expires_at: NOW + DAY_MS }), DAY_MS - 1, false],
  ])('is prolonged %s', (_case, session, after, expected) => {
    expect(isRenewalDue(session, NOW + after)).toBe(expected);
  });

  it('of too many, those on no device go first, then those that were used longest ago', () => {
    const all = Array.from({ length: SESSIONS_PER_USER_MAX }, (_, index) => record(`s${index}`, { updated_at: NOW + index }));
    expect(surplus(all.slice(1), () => false)).toEqual([]);
    expect(surplus(all, (id) => id !== 's7').map(({ session_id }) => session_id)).toEqual(['s7']);
    expect(surplus([...all, record('last')], () => true).map(({ session_id }) => session_id)).toEqual(['s0', 'last']);
  });
});

describe('sessions', () => {
  let stage: Stage;
  let sessions: Sessions;
  beforeEach(() => {
    stage = new Stage();
    sessions = stage.open.sessions;
  });

  it('[budget] a use is no row, and while the object is awake none is read', async () => {
    sessions.create(record('s'));
    // The first socket registers the device and says that there are some.
    for (let count = 0; count < 2; count++) sessions.authenticate(token('s'), socket());
    const cost = await stage.cost(() => {
      for (let count = 0; count < 10; count++) {
        expect(sessions.authenticate(token('s'), request)).toMatchObject({ ok: true });
        expect(sessions.authenticate(token('s'), socket('c'))).toMatchObject({ ok: true });
      }
    });
    expect(cost).toMatchObject({ rowsWritten: 0, rowsRead: 0, statements: 0 });
  });

  it('[budget] asking an object that was never written makes no tables', async () => {
    const cost = await stage.cost(() => {
      for (const proof of [token('s'), ticket('s')]) expect(sessions.authenticate(proof, socket())).toMatchObject({ ok: false });
    });
    expect(cost).toMatchObject({ rowsWritten: 0 });
  });

  it('[A2] survive a restart, and so does their end', () => {
    for (const id of ['s', 't']) sessions.create(record(id));
    sessions.end('s');
    sessions.end('jwt:j', NOW + 3_600_000);
    stage.wake();
    const asked = [token('s'), token('t'), jwt('j', 'later'), jwt('k', 'later')].map(
      (proof) => stage.open.sessions.authenticate(proof, request).ok,
    );
    expect(asked).toEqual([false, true, false, true]);
  });

  it('[A2] the end of one closes its own sockets at once and asks first where it was lately, the latest first', async () => {
    for (let n = 0; n < 60; n++) await stage.deliver(delivery({ conversation_id: `c${n}` }));
    sessions.create(record('s'));
    for (const id of ['c3', 'c7', 'c5', 'c7']) sessions.authenticate(token('s'), socket(id));
    const [ended, kept] = [await stage.connect('d'), await stage.connect('e', '', { session_id: 't' })];
    expect(sessions.end('s')).toEqual({ ok: true, value: null });
    expect([ended.closed, kept.closed]).toEqual([4401, undefined]);
    await stage.pass(0);
    const asked = stage.calls.filter((call) => call.startsWith('closeSockets'));
    expect(asked.slice(0, 3)).toEqual(['closeSockets c7 s', 'closeSockets c5 s', 'closeSockets c3 s']);
  });

  it('[A2] where it was lately outlives hibernation with the inbox socket, sixty-four at most', async () => {
    sessions.create(record('s'));
    const inbox = await stage.connect('d');
    for (let n = 0; n < OPENED_MAX + 10; n++) sessions.authenticate(token('s'), socket(`c${n}`));
    stage.sockets = [inbox];
    stage.wake();
    expect(stage.open.connections.all()[0]!.attachment.opened).toHaveLength(OPENED_MAX);
    stage.open.sessions.end('s');
    await stage.open.sweeps.idle();
    const asked = stage.calls.filter((call) => call.startsWith('closeSockets'));
    expect([asked.length, asked[0]]).toEqual([OPENED_MAX, `closeSockets c${OPENED_MAX + 9} s`]);
  });

  it('[A2] one that never opened a socket has none to look for', async () => {
    await stage.deliver(delivery({ conversation_id: 'c' }));
    for (const id of ['s', 't', 'u']) sessions.create(record(id));
    sessions.authenticate(token('t'), socket('c'));
    sessions.endOthers({ session_id: 'u' });
    await stage.pass(0);
    expect(stage.calls.filter((call) => call.startsWith('closeSockets'))).toEqual(['closeSockets c t']);
    expect(sessions.list().map(({ session_id }) => session_id)).toEqual(['u']);
  });

  it('[B5] sockets have a rate per user, all devices together; one that is refused registers none and uses up no ticket', () => {
    sessions.create(record('s'));
    for (let n = 0; n < UPGRADES_PER_MINUTE; n++) sessions.authenticate(token('s'), socket('c', 'd'));
    const refusal = { code: 'rate_limited', retry_after: 1, detail: expect.any(String) as string };
    expect(sessions.authenticate(ticket('s'), socket('c', 'new'))).toEqual({ ok: false, refusal });
    expect(stage.open.devices.list('s').map(({ device_id }) => device_id)).toEqual(['d']);
    expect(sessions.authenticate(token('s'), request)).toMatchObject({ ok: true });
    stage.now += 1_000;
    expect(sessions.authenticate(ticket('s'), socket('c', 'new'))).toMatchObject({ ok: true });
  });

  it('[limits] so many JWTs may be ended before their time; no end is ever taken back to make room', () => {
    for (let n = 0; n < ENDED_MAX; n++) expect(sessions.end(`jwt:${n}`, NOW + 1_000)).toMatchObject({ ok: true });
    expect(sessions.end('jwt:more', NOW + 1_000)).toMatchObject({ ok: false, refusal: { code: 'rate_limited' } });
    expect(sessions.end('jwt:0', NOW + 1_000)).toMatchObject({ ok: true });
    stage.now += 1_000;
    expect(sessions.end('jwt:more', NOW + 9_000)).toMatchObject({ ok: true });
  });
});

describe('[A2] a session that D1 kept', () => {
  let stage: Stage;
  const old = record('old', { created_at: NOW - 1, has_sockets: 1 });
  const good = () => stage.open.sessions.authenticate(token('old'), request).ok;
  const take = () => stage.open.platform.legacySessions.take(old);
  beforeEach(() => void (stage = new Stage()));

  it('is taken over once; repeating it writes nothing', async () => {
    expect([take(), good()]).toEqual([true, true]);
    expect(await stage.cost(() => expect(take()).toBe(true))).toMatchObject({ rowsWritten: 0 });
  });

  it('does not come back once it was ended, before or after it was taken over, one by one or with all', () => {
    const ends: ((sessions: Sessions) => unknown)[] = [(sessions) => sessions.end('old'), (sessions) => sessions.endOthers(null)];
    for (const end of ends) {
      for (const isTaken of [true, false]) {
        stage = new Stage();
        if (isTaken) take();
        end(stage.open.sessions);
        stage.wake();
        expect([take(), good()]).toEqual([false, false]);
      }
    }
  });

  it('that ends the others stays, and can be taken over again', () => {
    take();
    stage.open.sessions.endOthers({ session_id: 'old' });
    expect([take(), good()]).toEqual([true, true]);
  });
});
