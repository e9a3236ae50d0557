/** What a message costs, counted: rows, transactions, serialisations, socket sends. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HistoryPage } from '../../../protocol/conversations.ts';
import { HISTORY_SCAN_MAX } from '../../../protocol/limits.ts';
import { ask, cost, fill, isOp, makeRoom, open, openAll, textFrame, uuid } from './room.ts';

afterEach(() => vi.restoreAllMocks());

describe('[budget] a plain text message', () => {
  it('is one row written and no scan: the one row read is the look at its own number', async () => {
    const room = await makeRoom();
    await open(room, room.users[0]!);
    const lone = await cost(room, (object, [socket]) => object.webSocketMessage(socket!, JSON.stringify(textFrame('lone'))));
    expect(lone).toEqual({ rowsWritten: 1, rowsRead: 1, statements: 1, transactions: 1, alarmsSet: 0 });
  });

  it('the first after a pause arms the alarm, which is a row too', async () => {
    const room = await makeRoom();
    await open(room, room.users[0]!);
    await runDurableObjectAlarm(room.stub());
    const first = await cost(room, (object, [socket]) => object.webSocketMessage(socket!, JSON.stringify(textFrame('first'))));
    expect(first).toEqual({ rowsWritten: 2, rowsRead: 1, statements: 1, transactions: 1, alarmsSet: 1 });
  });

  it('near the head of a long log reads nothing more, and a repeat far back reads its range once', async () => {
    const room = await makeRoom();
    await fill(room, 10_000);
    await open(room, room.users[0]!, { after: 10_000 });
    const plain = await cost(room, (object, [socket]) => object.webSocketMessage(socket!, JSON.stringify(textFrame('x', 10_000))));
    expect(plain).toMatchObject({ rowsWritten: 1, rowsRead: 1, statements: 1 });
    const late = await cost(room, (object, [socket]) => object.webSocketMessage(socket!, JSON.stringify(textFrame('y', 9_000))));
    expect(late).toMatchObject({ rowsWritten: 1, statements: 2 });
    expect(late.rowsRead).toBeLessThanOrEqual(1_003);
  });

  it('a change costs two rows', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    await ask(ann, textFrame('to be changed'));
    for (const change of [
      { op: 'edit', content: 'changed' },
      { op: 'react', emoji: '👍', on: true },
    ]) {
      const spent = await cost(room, (object, [socket]) =>
        object.webSocketMessage(socket!, JSON.stringify({ ...change, global_id: uuid(), target: 1 })),
      );
      expect(spent).toMatchObject({ rowsWritten: 2, transactions: 1, alarmsSet: 0 });
    }
  });
});

describe('[budget] a group of 100 connected members', () => {
  it('a message is one write, 99 sends of the one string and the ack; two serialisations in all', async () => {
    const room = await makeRoom(100);
    const sockets = await openAll(room);
    const stringify = vi.spyOn(JSON, 'stringify');
    const send = vi.spyOn(WebSocket.prototype, 'send');
    const text = JSON.stringify(textFrame('to all'));
    let sent: string[] = [];
    let serialised = 0;
    // Counted in the turn itself: what follows it is other work.
    const spent = await cost(room, (object, [socket]) => {
      stringify.mockClear();
      send.mockClear();
      object.webSocketMessage(socket!, text);
      sent = send.mock.calls.map(([data]) => String(data));
      serialised = stringify.mock.calls.length;
    });
    expect(spent).toMatchObject({ rowsWritten: 1, rowsRead: 1, transactions: 1, alarmsSet: 0 });
    expect(sent).toHaveLength(100);
    expect(new Set(sent).size).toBe(2);
    expect(sent.filter((frame) => frame.startsWith('{"op":"message"'))).toHaveLength(99);
    expect(serialised).toBe(2);
    await Promise.all(sockets.map((socket) => socket.until((frame) => frame.op === 'message' || frame.op === 'ack')));
  });
});

describe('[budget] gathering', () => {
  it('a device’s whole burst in one array is one transaction and one array frame per receiver', async () => {
    const room = await makeRoom(3, { kind: 'group' });
    const [ann, bob, cy] = await openAll(room);
    const frames = Array.from({ length: 30 }, (_, index) => textFrame(`n${index}`));
    const spent = await cost(room, (object, [socket]) => object.webSocketMessage(socket!, JSON.stringify(frames)));
    expect(spent).toMatchObject({ rowsWritten: 30, transactions: 1 });
    for (const other of [bob!, cy!]) {
      await other.until(isOp('message'));
      expect(other.texts).toHaveLength(2);
      expect(JSON.parse(other.texts[1]!)).toHaveLength(30);
    }
    expect(ann!.frames.filter(isOp('ack')).map((ack) => ack.message_id)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(ann!.texts).toHaveLength(2);
  });

  it('messages of several senders at once: each gets one frame, its own as ack in their place', async () => {
    const room = await makeRoom(3, { kind: 'group' });
    const all = await openAll(room);
    const frames = Array.from({ length: 12 }, (_, index) => textFrame(`n${index}`));
    const spent = await cost(room, (object, sockets) => {
      for (const [index, frame] of frames.entries()) object.webSocketMessage(sockets[index % 3]!, JSON.stringify(frame));
    });
    // The first is committed at once, the rest by the timer it armed.
    expect(spent).toMatchObject({ rowsWritten: 1, transactions: 1 });
    await Promise.all(all.map((socket) => socket.until((frame) => numberOf(frame) === 12)));
    for (const socket of all) {
      expect(socket.frames.slice(1).map(numberOf)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
      expect(socket.texts).toHaveLength(3);
    }
  });
});

describe('[A7] a search for repeats', () => {
  it('of a burst of fresh ids as far back as may be reads the range once; the next ones read none of it', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(Date.now());
    const room = await makeRoom();
    await fill(room, 10_000);
    await open(room, room.users[0]!, { after: 10_000 });
    const batch = () => JSON.stringify(Array.from({ length: 30 }, () => textFrame('far back', 50)));
    const first = await cost(room, (object, [socket]) => object.webSocketMessage(socket!, batch()));
    expect(first).toMatchObject({ rowsWritten: 30, transactions: 1, statements: 31 });
    expect(first.rowsRead).toBeLessThanOrEqual(9_950 + 60);
    const limited = await cost(room, (object, [socket]) => {
      for (let frame = 0; frame < 5; frame++) object.webSocketMessage(socket!, batch());
    });
    expect(limited).toMatchObject({ rowsWritten: 0, rowsRead: 0, statements: 0 });
  });

  it('is not made for what is above the rate, nor is anything else read', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(Date.now());
    const room = await makeRoom();
    await fill(room, 10_000);
    await open(room, room.users[0]!, { after: 10_000 });
    await cost(room, (object, [socket]) =>
      object.webSocketMessage(socket!, JSON.stringify(Array.from({ length: 30 }, () => textFrame('x', 10_000)))),
    );
    const far = Array.from({ length: 100 }, () => textFrame('far back', 20));
    const spent = await cost(room, (object, [socket]) => object.webSocketMessage(socket!, JSON.stringify(far)));
    expect(spent).toMatchObject({ rowsWritten: 0, rowsRead: 0, statements: 0 });
  });
});

describe('[A3] edits and deletions', () => {
  it('are two rows and three statements each, whatever was edited before', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    for (const content of ['never edited', 'often edited']) await ask(ann, textFrame(content));
    const say = (frame: object) =>
      cost(room, (object, [socket]) => object.webSocketMessage(socket!, JSON.stringify({ global_id: uuid(), ...frame })));
    const edits = [];
    for (let edit = 0; edit < 20; edit++) edits.push(await say({ op: 'edit', target: 2, content: `edit ${edit}` }));
    const deletions = [await say({ op: 'delete', target: 1 }), await say({ op: 'delete', target: 2 })];
    expect(deletions[1]).toEqual(deletions[0]);
    for (const spent of [...edits, ...deletions]) expect(spent).toMatchObject({ rowsWritten: 2, statements: 3, transactions: 1 });
  });
});

describe('[A15] history behind 100,000 reactions', () => {
  it('reads at most 5,000 rows a page, and whoever goes on from there comes to the message', async () => {
    const room = await makeRoom();
    await fill(room, 100_001);
    await runInDurableObject(room.stub(), (_object, state) =>
      state.storage.sql.exec("UPDATE messages SET type = 'reaction', target = 1 WHERE message_id > 1").toArray(),
    );
    const pages: { from: number; more: boolean; messages: number }[] = [];
    await runInDurableObject(room.stub(), async (object) => {
      for (let before: number | undefined, more = true; more;) {
        const read = object.db.usage.rowsRead;
        const page = await object.history(room.users[0]!, { limit: 50, ...(before === undefined ? {} : { before }) });
        if (!page.ok) throw new Error(page.refusal.detail);
        expect(object.db.usage.rowsRead - read).toBeLessThanOrEqual(HISTORY_SCAN_MAX + 1);
        const { messages, has_more, from_message_id } = JSON.parse(page.value) as HistoryPage;
        pages.push({ from: from_message_id, more: has_more, messages: messages.length });
        [before, more] = [from_message_id, has_more];
      }
      const read = object.db.usage.rowsRead;
      await object.history(room.users[0]!, { limit: 50, around: 50_000 });
      expect(object.db.usage.rowsRead - read).toBeLessThanOrEqual(2 * HISTORY_SCAN_MAX + 2);
    });
    expect(pages).toHaveLength(21);
    expect(pages.at(0)).toEqual({ from: 95_002, more: true, messages: 0 });
    expect(pages.at(-1)).toEqual({ from: 1, more: false, messages: 1 });
  });
});

const numberOf = (frame: { op: string; message_id?: number; message?: { message_id: number } }): number | undefined =>
  frame.op === 'message' ? frame.message?.message_id : frame.message_id;
