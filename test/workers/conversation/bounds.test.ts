/** What one member can do to a conversation, and where it ends: rates, floods, size. */
import { runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Conversation } from '../../../durable/conversation/object.ts';
import { EDITS_PER_HOUR_MAX, HELD_FRAMES_MAX, REFUSED_FRAMES_MAX, SEND_BURST } from '../../../protocol/limits.ts';
import { ask, cost, env, isOp, logOf, makeRoom, open, textFrame, uuid } from './room.ts';

// However slow the machine, no bucket fills up meanwhile.
beforeEach(() => void vi.spyOn(Date, 'now').mockReturnValue(Date.now()));
afterEach(() => vi.restoreAllMocks());

describe('[A8] the send rate', () => {
  it('is one for all devices of a user and HTTP together, and none of another user’s', async () => {
    const room = await makeRoom();
    const [ann, bob] = room.users as [string, string];
    const devices = [await open(room, ann), await open(room, ann), await open(room, ann)];
    const other = await open(room, bob);
    let stored = 0;
    await cost(room, (object, sockets) => {
      const own = sockets.filter((socket) => (socket.deserializeAttachment() as { user_id: string }).user_id === ann);
      for (let frame = 0; frame < 20; frame++)
        for (const socket of own) object.webSocketMessage(socket, JSON.stringify({ ...textFrame(`n${frame}`), op: 'send' }));
    });
    await Promise.all(
      devices.map((device) => device.until(() => device.frames.filter((frame) => isOp('ack')(frame) || isOp('nack')(frame)).length === 20)),
    );
    for (const device of devices) stored += device.frames.filter(isOp('ack')).length;
    expect(stored).toBe(SEND_BURST);
    expect(await room.stub().submit(ann, textFrame('by HTTP'))).toMatchObject({ ok: false, refusal: { code: 'rate_limited' } });
    expect(await ask(other, textFrame('mine'))).toMatchObject({ op: 'ack' });
  });
});

describe('[A7] a flood of well-formed frames', () => {
  const flood = async (frame: () => object, arrays: number) => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    const log = vi.spyOn(console, 'log');
    let spent = await cost(room, () => undefined);
    for (let array = 0; array < arrays; array++) {
      const text = JSON.stringify(Array.from({ length: 100 }, frame));
      const more = await cost(room, (object, [socket]) => (socket === undefined ? undefined : object.webSocketMessage(socket, text)));
      spent = { ...spent, rowsRead: spent.rowsRead + more.rowsRead, rowsWritten: spent.rowsWritten + more.rowsWritten };
    }
    const lines = log.mock.calls.filter(([line]) => String(line).includes('frame_refused')).length;
    return { room, ann, spent, lines };
  };

  it('above the rate closes the socket with 4429, is logged by samples and reads nothing', async () => {
    const target = { op: 'react', target: 9, emoji: '👍', on: true };
    const { ann, lines, spent } = await flood(() => ({ ...target, global_id: uuid() }), 1 + REFUSED_FRAMES_MAX / 100);
    expect(await ann.untilClosed()).toMatchObject({ code: 4429 });
    expect(lines).toBe(20);
    expect(spent.rowsWritten).toBe(0);
  });

  it('of one and the same frame, answered from memory, closes it too', async () => {
    const frame = textFrame('again and again');
    const { room, ann } = await flood(() => frame, 1 + REFUSED_FRAMES_MAX / 100);
    expect(await ann.untilClosed()).toMatchObject({ code: 4429 });
    expect(await logOf(room)).toHaveLength(1);
  });

  it('is not what a client sends behind a frame that was told to wait: its queue', async () => {
    const { ann } = await flood(() => textFrame('from the queue'), 2 + REFUSED_FRAMES_MAX / 100);
    expect(ann.closed).toBeUndefined();
    ann.say({ op: 'typing', on: true });
    await ann.until(() => ann.frames.filter(isOp('nack')).length >= REFUSED_FRAMES_MAX);
    for (const text of ann.texts.slice(1)) expect((JSON.parse(text) as unknown[]).length).toBe(100);
  });

  it('is what all sockets of a user send behind such a frame, beyond what is borne of them together', async () => {
    const room = await makeRoom();
    const sockets = [await open(room, room.users[0]!), await open(room, room.users[0]!)];
    for (let array = 0; array < 4 + HELD_FRAMES_MAX / 100; array++) {
      const text = JSON.stringify(Array.from({ length: 100 }, () => textFrame('from the queue')));
      await cost(room, (object, all) => all.length > 0 && object.webSocketMessage(all[array % all.length]!, text));
    }
    expect(await Promise.all(sockets.map((socket) => socket.untilClosed()))).toMatchObject([{ code: 4429 }, { code: 4429 }]);
    expect((await logOf(room)).length).toBeLessThan(100);
  });

  it('of typing above its rate closes the socket', async () => {
    const { ann } = await flood(() => ({ op: 'typing', on: true }), 2 + REFUSED_FRAMES_MAX / 100);
    expect(await ann.untilClosed()).toMatchObject({ code: 4429 });
  });
});

describe('[A3] edits', () => {
  it(`of a message beyond ${EDITS_PER_HOUR_MAX} an hour are told how long to wait; sync and hello show its present text`, async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    await ask(ann, textFrame('first'));
    await runInDurableObject(room.stub(), (_object, state) => {
      const edits = JSON.stringify({ total: EDITS_PER_HOUR_MAX - 1, tokens: 1, at: Date.now() });
      state.storage.sql.exec('UPDATE messages SET edits = ? WHERE message_id = 1', edits);
    });
    const edit = (content: string) => ask(ann, { op: 'edit', global_id: uuid(), target: 1, content } as never);
    expect(await edit('last')).toMatchObject({ op: 'ack', message_id: 2 });
    const refused = await edit('one too many');
    expect(refused).toMatchObject({ op: 'nack', code: 'rate_limited' });
    expect(refused.op === 'nack' && refused.retry_after).toBeGreaterThan(1);
    await runInDurableObject(room.stub(), (_object, state) => {
      state.storage.sql.exec('UPDATE messages SET edits = ? WHERE message_id = 1', JSON.stringify({ total: 1_000, tokens: 100, at: 0 }));
    });
    expect(await edit('one too many')).toMatchObject({ op: 'nack', code: 'conflict' });
    expect(await ask(ann, textFrame('goes on', 2))).toMatchObject({ op: 'ack', message_id: 3 });
    const bob = await open(room, room.users[1]!);
    await bob.until((frame) => frame.op === 'message' && frame.message.message_id === 3);
    expect(bob.frames.flatMap((frame) => (frame.op === 'message' ? [frame.message.content] : []))).toEqual(['last', 'last', 'goes on']);
    expect((await logOf(room)).map(({ content }) => content)).toEqual(['last', 'last', 'goes on']);
    await ask(ann, { op: 'delete', global_id: uuid(), target: 1 } as never);
    expect((await logOf(room)).map(({ content }) => content)).toEqual(['', '', 'goes on', '']);
  });

  it('are told at once to those who are here, with the new text', async () => {
    const room = await makeRoom();
    const [ann, bob] = [await open(room, room.users[0]!), await open(room, room.users[1]!)];
    ann.say([
      textFrame('one'),
      { op: 'edit', global_id: uuid(), target: 1, content: 'two' },
      { op: 'edit', global_id: uuid(), target: 1, content: 'three' },
    ]);
    await bob.until((frame) => frame.op === 'message' && frame.message.message_id === 3);
    expect(bob.frames.flatMap((frame) => (frame.op === 'message' ? [frame.message.content] : []))).toEqual(['one', 'two', 'three']);
  });
});

describe('[B2] a conversation that has reached its size', () => {
  it('refuses what adds to it with too_large, reason quota; deleting, membership and reading go on', async () => {
    const room = await makeRoom(3, { kind: 'group' });
    const [ann, bob, cy] = room.users as [string, string, string];
    await runInDurableObject(room.stub(), async (_object, state) => {
      const small = { ...env, CONVERSATION_BYTES_MAX: '120000' };
      const object = new Conversation(state, small);
      await scheduler.wait(1);
      const codes: string[] = [];
      while (!codes.includes('too_large') && codes.length < SEND_BURST) {
        const sent = await object.submit(ann, textFrame('x'.repeat(16_000)));
        codes.push(sent.ok ? 'stored' : sent.refusal.code);
      }
      expect(codes.filter((code) => code === 'stored').length).toBeGreaterThan(1);
      expect(state.storage.sql.databaseSize).toBeLessThan(120_000 + 40_000);
      const refused = { ok: false, refusal: { code: 'too_large', reason: 'quota', detail: expect.stringMatching(/full/) as unknown } };
      expect(await object.submit(bob, textFrame('y'))).toMatchObject(refused);
      expect(await object.submit(ann, { op: 'edit', global_id: uuid(), target: 1, content: 'y' })).toMatchObject(refused);
      expect(await object.submit(bob, { op: 'react', global_id: uuid(), target: 1, emoji: '👍', on: true })).toMatchObject(refused);
      expect(await object.submit(ann, { op: 'delete', global_id: uuid(), target: 1 })).toMatchObject({ ok: true });
      expect(await object.removeMember(ann, cy)).toMatchObject({ ok: true });
      expect(await object.read(bob, 1)).toMatchObject({ ok: true });
      expect(await object.history(bob, { limit: 5 })).toMatchObject({ ok: true });
    });
  });
});
