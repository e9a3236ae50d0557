/** What follows the log: the archive in D1 and the members' inboxes, through failures and crashes. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { toRow } from '../../../durable/user-inbox/inbox.ts';
import { UserInbox } from '../../../durable/user-inbox/object.ts';
import type { InboxRecord } from '../../../durable/user-inbox/schema.ts';
import { archivedMessages } from '../../../store/archive.ts';
import { ADDING, ask, env, fill, logOf, makeRoom, open, textFrame, uuid, type Room } from './room.ts';

afterEach(() => vi.restoreAllMocks());

/** Makes what waits look ten seconds old, then rings. */
async function ring(room: Room): Promise<void> {
  await evictDurableObject(room.stub()).catch(() => undefined);
  await runInDurableObject(room.stub(), (_object, state) => {
    state.storage.sql.exec('UPDATE messages SET timestamp = timestamp - 20000');
    state.storage.sql.exec('UPDATE progress SET archive_retry_at = 0');
  });
  await evictDurableObject(room.stub());
  await runDurableObjectAlarm(room.stub());
}

const archive = (room: Room) => archivedMessages(env.DB, room.id, 0, 1_000);

/** What the user's object was told: who asks for the list has the conversations asked first. */
const listOf = (user: string) =>
  runInDurableObject(env.USER_INBOX.get(env.USER_INBOX.idFromName(user)), (_object, { storage: { sql } }) => {
    if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'conversations'").toArray().length === 0) return [];
    return sql.exec<InboxRecord>('SELECT * FROM conversations WHERE role IS NOT NULL').toArray().map(toRow);
  });

async function settledRows(user: string, fits: (row: { last_message_id: number }) => boolean) {
  for (;;) {
    const rows = await listOf(user);
    if (rows.some(fits)) return rows;
    await scheduler.wait(10);
  }
}

describe('[P5] D1 comes to equal the log', () => {
  it('in batches, changed rows in their present state; an edit has no text of its own, and deleted text is gone', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    await ask(ann, textFrame('kept'));
    await ask(ann, textFrame('secret', 1));
    await ask(ann, { op: 'edit', global_id: uuid(), target: 2, content: 'still secret' } as never);
    await ring(room);
    expect((await archive(room)).map((row) => row.content)).toEqual(['kept', 'still secret', '']);
    await ask(await open(room, room.users[0]!), { op: 'delete', global_id: uuid(), target: 2 } as never);
    await ring(room);
    const rows = await archive(room);
    expect(rows.map(({ message_id, type, content, deleted }) => [message_id, type, content, deleted])).toEqual([
      [1, 'text', 'kept', 0],
      [2, 'text', '', 1],
      [3, 'edit', '', 0],
      [4, 'deletion', '', 0],
    ]);
  });

  it('a batch that is repeated, because its answer was lost, changes nothing', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    for (let number = 1; number <= 5; number++) await ask(ann, textFrame(`n${number}`, number - 1));
    await ring(room);
    const once = await archive(room);
    await runInDurableObject(room.stub(), (_object, state) => state.storage.sql.exec('UPDATE progress SET archived_to = 0').toArray());
    await ring(room);
    expect(await archive(room)).toEqual(once);
    expect(once).toHaveLength(5);
  });

  it('also when what waits is more than one batch may be', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    // A control character is six bytes of JSON.
    for (let number = 1; number <= 24; number++) await ask(ann, textFrame('\u0001'.repeat(16 * 1024), number - 1));
    for (let batch = 0; batch < 6; batch++) await ring(room);
    expect((await archive(room)).map((row) => row.content.length)).toEqual(Array.from({ length: 24 }, () => 16 * 1024));
  });

  it('while D1 fails the chat goes on, each failure waits longer, and afterwards nothing is missing', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    await ask(ann, textFrame('before'));
    const prepare = vi.spyOn(Object.getPrototypeOf(env.DB) as D1Database, 'prepare').mockImplementation(() => {
      throw new Error('D1_ERROR: down');
    });
    await ring(room);
    const first = await progressOf(room);
    expect(first).toMatchObject({ archived_to: 0, archive_failures: 1 });
    await ring(room);
    expect(await progressOf(room)).toMatchObject({ archived_to: 0, archive_failures: 2 });
    expect(await ask(await open(room, room.users[0]!, { after: 1 }), textFrame('meanwhile', 1))).toMatchObject({
      op: 'ack',
      message_id: 2,
    });
    expect(await logOf(room)).toHaveLength(2);
    prepare.mockRestore();
    await ring(room);
    expect((await archive(room)).map((row) => row.content)).toEqual(['before', 'meanwhile']);
    expect(await progressOf(room)).toMatchObject({ archived_to: 2, archive_failures: 0 });
  });

  it('when all is told and archived no alarm is left, and the object costs nothing', async () => {
    const room = await makeRoom();
    await ask(await open(room, room.users[0]!), textFrame('done'));
    await settledRows(room.users[1]!, (row) => row.last_message_id === 1);
    await runInDurableObject(room.stub(), (_object, state) => {
      state.storage.sql.exec('UPDATE messages SET timestamp = timestamp - 20000');
      const fanout = JSON.parse(state.storage.sql.exec<{ fanout: string }>('SELECT fanout FROM progress').one().fanout) as Record<
        string,
        { at: number }
      >;
      for (const mark of Object.values(fanout)) mark.at -= 20_000;
      state.storage.sql.exec('UPDATE progress SET fanout = ?', JSON.stringify(fanout));
    });
    await evictDurableObject(room.stub());
    await runDurableObjectAlarm(room.stub());
    expect(await runDurableObjectAlarm(room.stub())).toBe(false);
  });
});

describe('[P4] every member’s inbox learns of every entry', () => {
  it('a new conversation is found by its members, and a message raises their unread count', async () => {
    const room = await makeRoom(3);
    for (const user of room.users)
      expect(await settledRows(user, () => true)).toMatchObject([{ conversation_id: room.id, title: 'A group', unread_count: 0 }]);
    const mention = { ...textFrame('hello @you'), mentions: [room.users[1]!] };
    await ask(await open(room, room.users[0]!), mention);
    const [bobs] = await settledRows(room.users[1]!, (row) => row.last_message_id === 1);
    expect(bobs).toMatchObject({ unread_count: 1, mention_count: 1, last_message: { content: 'hello @you' } });
    expect((await settledRows(room.users[2]!, (row) => row.last_message_id === 1))[0]).toMatchObject({ unread_count: 1, mention_count: 0 });
  });

  it('a crash right after the commit: the alarm stored with it tells them', async () => {
    const room = await makeRoom();
    for (const user of room.users) await settledRows(user, () => true);
    await open(room, room.users[0]!);
    await runInDurableObject(room.stub(), async (object, state) => {
      object.webSocketMessage(state.getWebSockets()[0]!, JSON.stringify(textFrame('then it died')));
      await state.storage.sync();
      state.abort('crash');
    }).catch(() => undefined);
    expect(await runDurableObjectAlarm(room.stub())).toBe(true);
    expect(await settledRows(room.users[1]!, (row) => row.last_message_id === 1)).toMatchObject([{ unread_count: 1 }]);
  });

  it('a joiner of a long conversation costs the joining, not the log', async () => {
    const room = await makeRoom(3);
    await fill(room, 5_000);
    await runDurableObjectAlarm(room.stub());
    // The archive reads the log too, in batches of its own: it is done before the counting begins.
    await expect.poll(async () => (await progressOf(room))['archived_to']).toBe(5_000);
    // So do those who were never told of it, a piece at a time.
    await expect.poll(async () => String((await progressOf(room))['fanout']).includes('searched'), { timeout: 10_000 }).toBe(false);
    const joiner = uuid();
    const before = await runInDurableObject(room.stub(), (object) => object.db.usage.rowsRead);
    await room.stub().putMember(room.users[0]!, joiner, undefined, ADDING);
    expect(await settledRows(joiner, () => true)).toMatchObject([{ unread_count: 0, read_message_id: 5_001, last_message_id: 5_001 }]);
    const after = await runInDurableObject(room.stub(), (object) => object.db.usage.rowsRead);
    expect(after - before).toBeLessThan(300);
  });

  it('an inbox that fails is told later, the others at once; a member removed meanwhile is told that', async () => {
    const room = await makeRoom(3);
    const [owner, bob, cy] = room.users as [string, string, string];
    for (const user of room.users) await settledRows(user, () => true);
    const { deliver } = UserInbox.prototype;
    const failing = vi.spyOn(UserInbox.prototype, 'deliver').mockImplementation(function (this: UserInbox, delivery) {
      return delivery.user_id === bob ? Promise.reject(new Error('inbox down')) : deliver.call(this, delivery);
    });
    await ask(await open(room, owner), textFrame('who hears it?'));
    await settledRows(cy, (row) => row.last_message_id === 1);
    await room.stub().removeMember(owner, bob);
    expect(await listOf(bob)).toMatchObject([{ last_message_id: 0 }]);
    failing.mockRestore();
    await evictDurableObject(room.stub());
    await runInDurableObject(room.stub(), (_object, state) => {
      state.storage.sql.exec(`UPDATE progress SET fanout = json_set(fanout, '$."${bob}".at', 0)`);
    });
    await evictDurableObject(room.stub());
    await runDurableObjectAlarm(room.stub());
    expect(await listOf(bob)).toEqual([]);
    expect(await listOf(cy)).toHaveLength(1);
  });
});

async function progressOf(room: Room): Promise<Record<string, unknown>> {
  return runInDurableObject(room.stub(), (_object, state) => state.storage.sql.exec('SELECT * FROM progress').one());
}
