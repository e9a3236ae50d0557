/** In the real runtime: what inboxes ask of a conversation, the list of members in D1, and what a drain costs. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { ADDING, ask, cost, env, isOp, makeRoom, open, textFrame, uuid, type Room } from './room.ts';

const membersInD1 = async (room: Room): Promise<string[]> => {
  const { results } = await env.DB.prepare('SELECT user_id FROM conversation_members WHERE conversation_id = ? ORDER BY user_id')
    .bind(room.id)
    .all<{ user_id: string }>();
  return results.map(({ user_id }) => user_id);
};

describe('[P5] the members in D1', () => {
  it('are there soon after the creation, and follow who comes and goes', async () => {
    const room = await makeRoom(3);
    const [owner, bob, cy] = room.users as [string, string, string];
    await expect.poll(() => membersInD1(room)).toEqual([owner, bob, cy].toSorted());
    const dee = uuid();
    await room.stub().putMember(owner, dee, undefined, ADDING);
    await room.stub().removeMember(owner, bob);
    await expect.poll(() => membersInD1(room)).toEqual([owner, cy, dee].toSorted());
  });
});

describe('[P4] what a user’s object asks', () => {
  it('is answered exactly; with nothing where there is no conversation, or none of theirs', async () => {
    const room = await makeRoom();
    const [ann, bob] = room.users as [string, string];
    const socket = await open(room, ann);
    await ask(socket, { ...textFrame('hello'), mentions: [bob] } as never);
    const exact = await room.stub().exact(bob, { live: true });
    expect(exact).toMatchObject({ user_id: bob, last_message_id: 1, countable_total: 1, mentioned_in: [1], read_message_id: 0, here: [] });
    expect(exact!.entries).toMatchObject([{ message_id: 1, content: 'hello' }]);
    expect(await room.stub().exact(ann, { live: false })).toMatchObject({ here: [{ device_id: expect.any(String) }] });
    expect(await room.stub().exact(uuid(), { live: true })).toBeNull();
    expect(
      await { ...room, stub: () => env.CONVERSATION.get(env.CONVERSATION.idFromName(uuid())) }.stub().exact(bob, { live: true }),
    ).toBeNull();
  });

  it('what arrived by the inbox socket is told to those who are here', async () => {
    const room = await makeRoom();
    const [ann, bob] = room.users as [string, string];
    const socket = await open(room, ann);
    await ask(socket, textFrame('did you get it?'));
    await room.stub().delivered(bob, 1);
    const frame = await socket.until(isOp('receipts'));
    expect(frame.receipts).toContainEqual({ user_id: bob, delivered: 1, read: 0 });
  });

  it('[P8] read receipts that are off stay off through a restart', async () => {
    const room = await makeRoom();
    const [ann, bob] = room.users as [string, string];
    await ask(await open(room, ann), textFrame('read it?'));
    await room.stub().setReadReceipts(bob, false);
    await room.stub().read(bob, 1);
    await evictDurableObject(room.stub());
    const [to, own] = [await room.stub().describe(ann), await room.stub().describe(bob)];
    expect(to).toMatchObject({ value: { receipts: expect.arrayContaining([{ user_id: bob, delivered: 0, read: 0 }]) } });
    expect(own).toMatchObject({ value: { receipts: expect.arrayContaining([{ user_id: bob, delivered: 1, read: 1 }]) } });
  });
});

describe('[budget] what follows a message', () => {
  it('is an alarm, whatever is told before it rings, and then the row of progress and the next alarm', async () => {
    const room = await makeRoom(3);
    const socket = await open(room, room.users[0]!);
    await expect.poll(() => membersInD1(room)).toHaveLength(3);
    await runDurableObjectAlarm(room.stub());
    const before = await runInDurableObject(room.stub(), ({ db }) => ({ ...db.usage }));
    await ask(socket, textFrame('one'));
    await ask(socket, textFrame('two', 1));
    await expect
      .poll(async () => {
        const list = await env.USER_INBOX.get(env.USER_INBOX.idFromName(room.users[1]!)).list('', 10);
        return list.ok ? list.value.conversations[0]?.last_message_id : undefined;
      })
      .toBe(2);
    const told = await runInDurableObject(room.stub(), ({ db }) => ({ ...db.usage }));
    // Two messages, the alarm armed with the first, which will write the row, and what was under way before them.
    expect(told.rowsWritten - before.rowsWritten).toBeLessThanOrEqual(4);
    await runDurableObjectAlarm(room.stub());
    const rung = await runInDurableObject(room.stub(), ({ db }) => ({ ...db.usage }));
    expect(rung.rowsWritten - told.rowsWritten).toBeGreaterThan(0);
    expect(rung.rowsWritten - told.rowsWritten).toBeLessThanOrEqual(3);
  });

  it('typing writes and reads nothing', async () => {
    const room = await makeRoom();
    await open(room, room.users[0]!);
    const bob = await open(room, room.users[1]!);
    const typing = JSON.stringify({ op: 'typing', on: true, what: 'recording' });
    const spent = await cost(room, (object, [socket]) => object.webSocketMessage(socket!, typing));
    expect(spent).toEqual({ rowsWritten: 0, rowsRead: 0, statements: 0, transactions: 0, alarmsSet: 0 });
    expect(await bob.until(isOp('typing'))).toEqual({ op: 'typing', user_id: room.users[0], on: true, what: 'recording' });
  });
});
