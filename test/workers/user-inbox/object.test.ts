/** A user's own object: rows of conversations, tickets, the end of sessions. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Conversation } from '../../../durable/conversation/object.ts';
import type { Delivery } from '../../../durable/user-inbox/api.ts';
import type { UserInbox } from '../../../durable/user-inbox/object.ts';
import type { Use } from '../../../durable/user-inbox/sessions/api.ts';
import { delivery as plainDelivery } from '../../unit/user-inbox/builders.ts';
import { env, makeRoom, open, uuid } from '../conversation/room.ts';
import { dueNow, toTheEnd } from './sweeping.ts';

afterEach(() => vi.restoreAllMocks());

const inboxes = env.USER_INBOX as unknown as DurableObjectNamespace<UserInbox>;
const inboxOf = (user: string): DurableObjectStub<UserInbox> => inboxes.get(inboxes.idFromName(user));

const socket: Use = { kind: 'socket', device_id: uuid(), conversation_id: null };
const ticket = (nonce: string) => ({
  kind: 'ticket' as const,
  session_id: `jwt:${uuid()}`,
  session_expires_at: Date.now() + 3_600_000,
  nonce,
  expires_at: Date.now() + 30_000,
});

const delivery = (user_id: string, conversation_id: string, more: Partial<Delivery> = {}): Delivery =>
  plainDelivery({ user_id, conversation_id, members: [user_id], ...more });

async function listed(user: string, cursor = '', limit = 50): Promise<{ ids: string[]; cursor: string | null; has_more: boolean }> {
  const list = await inboxOf(user).list(cursor, limit);
  if (!list.ok) throw new Error(list.refusal.detail);
  return {
    ids: list.value.conversations.map(({ conversation_id }) => conversation_id),
    cursor: list.value.cursor,
    has_more: list.value.has_more,
  };
}

describe('an object that was never written', () => {
  it('answers empty, and asking makes no tables and no alarm', async () => {
    const user = uuid();
    expect(await listed(user)).toEqual({ ids: [], cursor: null, has_more: false });
    expect(await inboxOf(user).authenticate({ ...ticket(uuid()), session_id: uuid() }, socket)).toMatchObject({
      ok: false,
      refusal: { code: 'unauthenticated' },
    });
    expect(await inboxOf(user).findSession({ session_id: uuid() })).toBeNull();
    const left = await runInDurableObject(inboxOf(user), async (object, state) => ({
      tables: state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'").toArray(),
      alarm: await state.storage.getAlarm(),
      written: object.db.usage.rowsWritten,
    }));
    expect(left).toEqual({ tables: [], alarm: null, written: 0 });
  });
});

describe('rows of conversations', () => {
  it('stand newest activity first, page by page, those one has left not at all', async () => {
    const user = uuid();
    const inbox = inboxOf(user);
    for (const name of ['a', 'b', 'c', 'd']) await inbox.deliver(delivery(user, name));
    await inbox.deliver(delivery(user, 'a', { last_message_id: 2, countable_total: 2 }));
    await inbox.deliver(delivery(user, 'c', { last_message_id: 2, role: null }));
    const first = await listed(user, undefined, 2);
    expect(first).toMatchObject({ ids: ['a', 'd'], has_more: true });
    expect(await listed(user, first.cursor!, 2)).toEqual({ ids: ['b'], cursor: null, has_more: false });
  });

  it('keep their order and their versions across an eviction', async () => {
    const user = uuid();
    await inboxOf(user).deliver(delivery(user, 'a'));
    await inboxOf(user).deliver(delivery(user, 'b'));
    await evictDurableObject(inboxOf(user));
    await inboxOf(user).deliver(delivery(user, 'a', { last_message_id: 2 }));
    expect(await listed(user)).toMatchObject({ ids: ['a', 'b'] });
    const versions = await runInDurableObject(inboxOf(user), (_object, state) =>
      state.storage.sql.exec('SELECT conversation_id, version FROM conversations ORDER BY version').toArray(),
    );
    expect(versions).toEqual([
      { conversation_id: 'b', version: 2 },
      { conversation_id: 'a', version: 3 },
    ]);
  });

  it('[P10] a cursor that is not ours is refused', async () => {
    for (const cursor of ['x', '-1', '1.5', '1e300', 'NaN']) {
      expect(await inboxOf(uuid()).list(cursor, 50)).toMatchObject({ ok: false, refusal: { code: 'bad_request' } });
    }
  });

  it('[budget] a delivery is one row written, one that says nothing new is none', async () => {
    const user = uuid();
    await inboxOf(user).deliver(delivery(user, 'a'));
    const spent = await runInDurableObject(inboxOf(user), async (object) => {
      const counts: number[] = [];
      for (const next of [delivery(user, 'a', { last_message_id: 2 }), delivery(user, 'a', { last_message_id: 2 }), delivery(user, 'a')]) {
        const before = object.db.usage.rowsWritten;
        await object.deliver(next);
        counts.push(object.db.usage.rowsWritten - before);
      }
      return counts;
    });
    expect(spent).toEqual([1, 0, 0]);
  });
});

describe('tickets', () => {
  it('are good once, for the session they were issued for, also when two come at once', async () => {
    const user = uuid();
    const mine = ticket(uuid());
    const answers = await Promise.all([inboxOf(user).authenticate(mine, socket), inboxOf(user).authenticate(mine, socket)]);
    const session = { user_id: user, session_id: mine.session_id, expires_at: mine.session_expires_at };
    expect(answers.map((answer) => answer.ok && answer.value)).toEqual([{ session, renewed: false }, false]);
    await evictDurableObject(inboxOf(user));
    expect(await inboxOf(user).authenticate(mine, socket)).toMatchObject({ ok: false });
  });

  it('are not good once their time or their session is over, and old ones do not pile up', async () => {
    const user = uuid();
    const [old, ended, orphaned] = [{ ...ticket(uuid()), expires_at: 1 }, ticket(uuid()), { ...ticket(uuid()), session_id: uuid() }];
    await inboxOf(user).endSession(ended.session_id, ended.session_expires_at);
    for (const one of [old, ended, orphaned]) expect(await inboxOf(user).authenticate(one, socket)).toMatchObject({ ok: false });
    await inboxOf(user).authenticate(ticket(uuid()), socket);
    await runInDurableObject(inboxOf(user), (_object, state) => void state.storage.sql.exec('UPDATE used_tickets SET expires_at = 1'));
    await inboxOf(user).authenticate(ticket(uuid()), socket);
    const kept = await runInDurableObject(inboxOf(user), (_object, state) =>
      state.storage.sql.exec('SELECT nonce FROM used_tickets').toArray(),
    );
    expect(kept).toHaveLength(1);
  });
});

const missedOf = (user: string): Promise<unknown[]> =>
  runInDurableObject(inboxOf(user), (_object, state) =>
    state.storage.sql
      .exec('SELECT missed FROM walks')
      .toArray()
      .map(({ missed }) => missed),
  );

describe('[P8] the end of a session', () => {
  it('closes its sockets in every conversation and no other', async () => {
    const rooms = [await makeRoom(), await makeRoom(3)];
    const user = uuid();
    const [ended, kept] = [uuid(), uuid()];
    for (const room of rooms) {
      await runInDurableObject(
        room.stub(),
        (_object, state) => void state.storage.sql.exec('UPDATE members SET user_id = ? WHERE user_id = ?', user, room.users[1]!),
      );
      await evictDurableObject(room.stub());
      await inboxOf(user).deliver(delivery(user, room.id));
    }
    const sockets = await Promise.all(rooms.flatMap((room) => [open(room, user, { session: ended }), open(room, user, { session: kept })]));
    await inboxOf(user).endSession(ended);
    expect([await sockets[0]!.untilClosed(), await sockets[2]!.untilClosed()].map(({ code }) => code)).toEqual([4401, 4401]);
    expect([sockets[1]!.closed, sockets[3]!.closed]).toEqual([undefined, undefined]);
    await toTheEnd(user);
  });

  it('is repeated by the alarm when a conversation did not answer', async () => {
    const room = await makeRoom();
    const user = room.users[0]!;
    await inboxOf(user).deliver(delivery(user, room.id, { last_message_id: 9 }));
    const session = uuid();
    const socket = await open(room, user, { session });
    vi.spyOn(Conversation.prototype, 'closeSockets').mockImplementationOnce(() => Promise.reject(new Error('down')));
    await inboxOf(user).endSession(session);
    await expect.poll(() => missedOf(user)).toEqual([JSON.stringify([room.id])]);
    expect(socket.closed).toBeUndefined();
    await dueNow(user);
    expect((await socket.untilClosed()).code).toBe(4401);
    await toTheEnd(user);
  });
});
