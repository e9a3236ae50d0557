/** An inbox into which somebody put 100,000 conversations, in the real runtime: it opens, and no turn grows with it. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { afterEach, expect, it, vi } from 'vitest';
import { Tables } from '../../../durable/kit/migrate.ts';
import { InboxConnection } from '../../../durable/user-inbox/connections.ts';
import type { UserInbox } from '../../../durable/user-inbox/object.ts';
import { PushStore } from '../../../durable/user-inbox/push-store.ts';
import { MIGRATIONS } from '../../../durable/user-inbox/schema.ts';
import { InboxStore } from '../../../durable/user-inbox/store.ts';
import { SweepStore } from '../../../durable/user-inbox/sweeps/store.ts';
import type { InboxServerFrame } from '../../../protocol/inbox.ts';
import { INBOX_PAGE_BYTES_MAX, PAGE_MAX } from '../../../protocol/limits.ts';
import { byteLength } from '../../../protocol/text.ts';
import { news, record } from '../../unit/user-inbox/builders.ts';
import { env, uuid } from '../conversation/room.ts';
import { inboxHeaders } from './proof.ts';

afterEach(() => vi.restoreAllMocks());

const inboxes = env.USER_INBOX as unknown as DurableObjectNamespace<UserInbox>;
const ROWS = 100_000;
const TURN_ROWS_MAX = 4_000;
const idOf = (n: number): string => `0190aaaa-bbbb-7ccc-8ddd-${String((n * 7_919) % 1_000_003).padStart(12, '0')}`;

/** Its indexes are made at a wake, as for one that was large before there were any. */
async function largeInbox(user: string): Promise<DurableObjectStub<UserInbox>> {
  const stub = inboxes.get(inboxes.idFromName(user));
  const last_message = JSON.stringify({ message_id: 1, sender_id: uuid(), type: 'text', content: 'x'.repeat(60), timestamp: 1 });
  const row = record({ kind: 'direct', members: JSON.stringify([user, uuid()]), at_least: 0, last_message });
  await runInDurableObject(stub, ({ db }) => {
    new InboxStore(db).putConversation({ ...row, conversation_id: 'first' });
    const own = ['conversation_id', 'version', 'activity'];
    const same = Object.keys(row).filter((column) => !own.includes(column));
    db.run(`
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${ROWS})
      INSERT INTO conversations (${[...own, ...same].join(', ')})
      SELECT printf('0190aaaa-bbbb-7ccc-8ddd-%012d', (n * 7919) % 1000003), n, n, ${same.join(', ')} FROM numbers, conversations`);
    db.run("DELETE FROM conversations WHERE conversation_id = 'first'");
  });
  await evictDurableObject(stub);
  await runInDurableObject(stub, () => undefined);
  await evictDurableObject(stub);
  return stub;
}

it('[A4] with 100,000 conversations opens: bounded reads, all rows once and in order, news in between', async () => {
  const user = uuid();
  const stub = await largeInbox(user);
  const readBefore: number[] = [];
  const send = InboxConnection.prototype.send;
  await runInDurableObject(stub, (object) => {
    vi.spyOn(InboxConnection.prototype, 'send').mockImplementation(function (this: InboxConnection, text) {
      readBefore.push(object.db.usage.rowsRead);
      return send.call(this, text);
    });
    // The wake too.
    expect(object.db.usage.rowsRead).toBeLessThan(100);
  });
  const headers = inboxHeaders({ session_id: `jwt:${uuid()}`, expires_at: Date.now() + 3_600_000, device_id: uuid() });
  const { webSocket } = await stub.fetch(new Request('https://inbox/socket', { headers }));
  const pages: { rows: number; bytes: number }[] = [];
  const ids: string[] = [];
  const live: string[] = [];
  const cursor = await new Promise<string>((resolve, reject) => {
    webSocket!.addEventListener('close', ({ code }) => reject(new Error(`closed with ${code}`)));
    webSocket!.addEventListener('message', ({ data }) => {
      if (data === 'pong') return;
      const frame = JSON.parse(String(data)) as InboxServerFrame;
      if (frame.op === 'conversation') live.push(frame.conversation.conversation_id);
      if (frame.op !== 'hello') return;
      pages.push({ rows: frame.changed.length, bytes: byteLength(String(data)) });
      ids.push(...frame.changed.map(({ conversation_id }) => conversation_id));
      if (pages.length === 1) void stub.deliver(news(idOf(1), 2, { user_id: user }));
      if (pages.length % 10 === 0) webSocket!.send('ping');
      if (frame.has_more) webSocket!.send(JSON.stringify({ op: 'ack', cursor: frame.cursor }));
      else resolve(frame.cursor);
    });
    webSocket!.accept();
  });
  expect(cursor).toBe(String(ROWS));
  expect(Math.max(...pages.map(({ rows }) => rows))).toBe(PAGE_MAX);
  expect(Math.max(...pages.map(({ bytes }) => bytes))).toBeLessThanOrEqual(INBOX_PAGE_BYTES_MAX);
  // The oldest moved meanwhile: it came live and stands in no page.
  expect(live).toEqual([idOf(1)]);
  expect(ids).toEqual(Array.from({ length: ROWS - 1 }, (_, n) => idOf(ROWS - n)));
  const perTurn = readBefore.map((read, turn) => read - (readBefore[turn - 1] ?? 0));
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(TURN_ROWS_MAX);
  webSocket!.close(1000);
}, 120_000);

it('[A4] with 100,000 conversations everything else that asks about all of them reads a bounded number too', async () => {
  const user = uuid();
  const stub = await largeInbox(user);
  const spent = await runInDurableObject(stub, async (object) => {
    const store = new InboxStore(object.db);
    const pushes = new PushStore(object.db);
    const sweeps = new SweepStore(object.db, new Tables(object.db, MIGRATIONS));
    const works: Record<string, () => unknown> = {
      version: () => new InboxStore(object.db).version(),
      stopsBetween: () => sweeps.stopsBetween(0, ROWS, 50),
      newestActivity: () => sweeps.newestActivity(),
      newestMemberRows: () => store.newestMemberRows(200),
      atLeast: () => store.atLeast(1_000),
      unreadSince: () => store.unreadSince(0),
      decisions: () => pushes.decisions(),
      badge: () => pushes.unread(Date.now()),
      changes: () => object.changes('', 200),
      list: () => object.list('', 200),
      deliver: () => object.deliver(news(uuid(), 1, { user_id: user })),
    };
    const read: Record<string, number> = {};
    for (const [name, work] of Object.entries(works)) {
      const before = object.db.usage.rowsRead;
      await work();
      read[name] = object.db.usage.rowsRead - before;
    }
    return read;
  });
  for (const [name, rowsRead] of Object.entries(spent))
    expect.soft({ name, rowsRead, isBounded: rowsRead <= TURN_ROWS_MAX }).toMatchObject({ isBounded: true });
}, 120_000);

it('[budget] a small inbox pays no row for an index, a large one two for a message', async () => {
  const user = uuid();
  const stub = inboxes.get(inboxes.idFromName(user));
  const written = await runInDurableObject(stub, async (object) => {
    const store = new InboxStore(object.db);
    const put = (n: number) => {
      const before = object.db.usage.rowsWritten;
      store.putConversation(record({ conversation_id: idOf(n), version: n, activity: n, at_least: 0 }));
      return object.db.usage.rowsWritten - before;
    };
    put(1);
    const small = put(2);
    for (let n = 3; n <= 1_001; n++) put(n);
    return { small, large: put(1_002) };
  });
  expect(written).toEqual({ small: 1, large: 3 });
});
