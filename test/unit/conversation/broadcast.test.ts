/** What a committed batch is told to whom: one frame a socket, own entries as acks in their place. */
import { describe, expect, it } from 'vitest';
import { CLOSE } from '../../../protocol/errors.ts';
import { SOCKETS_PER_DEVICE_MAX } from '../../../protocol/limits.ts';
import type { ServerFrame } from '../../../protocol/server-frames.ts';
import { connectionOf, stage, textFrame, user, uuid, type Stage, type TestSocket } from './stage.ts';

const [ann, bob, cy] = [user(1), user(2), user(3)] as const;

const brief = (socket: TestSocket): string[] =>
  socket.frames.map((frame: ServerFrame) =>
    frame.op === 'message'
      ? `message ${frame.message.message_id}`
      : frame.op === 'ack'
        ? `ack ${frame.message_id}`
        : frame.op === 'nack'
          ? `nack ${frame.code}`
          : frame.op,
  );

function connect(set: Stage, userId: string, deviceId?: string, expiresAt?: number) {
  const made = connectionOf(userId, deviceId, expiresAt);
  set.assembly.connections.add(made.connection);
  return made;
}

describe('a batch', () => {
  it('is one frame to each socket; to its sender the own entries are acks in their place', async () => {
    const set = await stage();
    const [one, two, three] = [connect(set, ann), connect(set, bob), connect(set, cy)];
    const gathered = () => set.clock.run(1);
    set.assembly.room.receive(one.connection, [textFrame('1')]);
    set.assembly.room.receive(two.connection, [textFrame('2')]);
    set.assembly.room.receive(one.connection, [textFrame('3'), textFrame('', { reply_to: 99 }), textFrame('4')]);
    await gathered();
    expect(brief(one.socket)).toEqual(['ack 1', 'message 2', 'ack 3', 'nack bad_request', 'ack 4']);
    expect(brief(two.socket)).toEqual(['message 1', 'ack 2', 'message 3', 'message 4']);
    expect(brief(three.socket)).toEqual(['message 1', 'message 2', 'message 3', 'message 4']);
    expect([one, two, three].map(({ socket }) => socket.texts.length)).toEqual([2, 2, 2]);
    expect(two.socket.texts[1]).not.toBe(three.socket.texts[1]);
  });

  it('reaches the sender’s other sockets as messages', async () => {
    const set = await stage();
    const [phone, laptop] = [connect(set, ann), connect(set, ann)];
    set.assembly.room.receive(phone.connection, [textFrame('hello')]);
    expect([brief(phone.socket), brief(laptop.socket)]).toEqual([['ack 1'], ['message 1']]);
  });

  it('of refusals and repeats alone is told to nobody else', async () => {
    const set = await stage();
    const [one, two] = [connect(set, ann), connect(set, bob)];
    const frame = textFrame('once', { after_message_id: 0 });
    set.assembly.room.receive(one.connection, [frame]);
    set.assembly.room.receive(one.connection, [frame, textFrame('x', { after_message_id: 7 })]);
    await set.clock.run(1);
    expect(brief(one.socket)).toEqual(['ack 1', 'ack 1', 'nack stale']);
    expect(brief(two.socket)).toEqual(['message 1']);
  });

  it('by HTTP is told to every socket, the sender’s too', async () => {
    const set = await stage();
    const [one, two] = [connect(set, ann), connect(set, bob)];
    set.write(ann, textFrame('by HTTP'));
    expect([brief(one.socket), brief(two.socket)]).toEqual([['message 1'], ['message 1']]);
  });
});

describe('[P8] whom a broadcast does not reach', () => {
  it('a session that has ended: its socket is closed instead', async () => {
    const set = await stage();
    const [one, ended] = [connect(set, ann), connect(set, bob, uuid(), set.clock.now())];
    set.assembly.room.receive(one.connection, [textFrame('not for the ended')]);
    expect(ended.socket.texts).toEqual([]);
    expect(ended.socket.closed).toBe(CLOSE.credentials_ended);
    expect(set.assembly.connections.size).toBe(1);
  });

  it('a socket that throws is dropped, and the others are told', async () => {
    const set = await stage();
    const [one, broken, three] = [connect(set, ann), connect(set, bob), connect(set, cy)];
    broken.socket.send = () => {
      throw new TypeError('closed');
    };
    set.assembly.room.receive(one.connection, [textFrame('to whom it may reach')]);
    expect(brief(three.socket)).toEqual(['message 1']);
    expect(set.assembly.connections.of(bob)).toEqual([]);
  });

  it('[limits] a device’s sixth socket closes its oldest, and no other device’s', async () => {
    const set = await stage();
    const device = uuid();
    const other = connect(set, ann);
    const sockets = Array.from({ length: SOCKETS_PER_DEVICE_MAX + 1 }, (_, index) => {
      const made = connectionOf(ann, device);
      made.connection.attachment.opened_at = index;
      set.assembly.connections.add(made.connection);
      return made.socket;
    });
    expect(sockets.map(({ closed }) => closed)).toEqual([CLOSE.replaced, undefined, undefined, undefined, undefined, undefined]);
    expect(other.socket.closed).toBeUndefined();
  });
});

describe('receipts and typing', () => {
  it('positions are gathered into one frame, forward only, never past the end of the log', async () => {
    const set = await stage();
    const [one, two] = [connect(set, ann), connect(set, bob)];
    for (const text of ['a', 'b', 'c']) set.write(cy, textFrame(text));
    await set.clock.run(500);
    one.socket.texts.length = 0;
    const { room } = set.assembly;
    room.receive(one.connection, [{ op: 'delivered', message_id: 3 }]);
    room.receive(two.connection, [
      { op: 'read', message_id: 2 },
      { op: 'read', message_id: 1 },
      { op: 'read', message_id: 99 },
    ]);
    expect(one.socket.texts).toEqual([]);
    await set.clock.run(500);
    expect(one.socket.texts).toHaveLength(1);
    expect(one.socket.frames).toMatchObject([
      {
        op: 'receipts',
        receipts: expect.arrayContaining([
          { user_id: ann, delivered: 3, read: 0 },
          { user_id: bob, delivered: 3, read: 3 },
        ]) as unknown,
      },
    ]);
    expect(two.connection.attachment).toMatchObject({ read: 3, delivered: 0 });
    room.receive(two.connection, [{ op: 'read', message_id: 3 }]);
    await set.clock.run(500);
    expect(one.socket.texts).toHaveLength(1);
  });

  it('typing reaches the others, and none of the own sockets', async () => {
    const set = await stage();
    const [phone, laptop, two] = [connect(set, ann), connect(set, ann), connect(set, bob)];
    set.assembly.room.receive(phone.connection, [{ op: 'typing', on: true }]);
    expect([brief(phone.socket), brief(laptop.socket)]).toEqual([[], []]);
    expect(two.socket.frames).toEqual([{ op: 'typing', user_id: ann, on: true }]);
    expect(set.log()).toEqual([]);
  });
});
