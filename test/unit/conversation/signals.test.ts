/** Receipts and typing: how many frames they cost, who is shown what, and that they cost nothing else. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { setReadReceipts } from '../../../durable/conversation/assembly.ts';
import type { Receipt, ServerFrame } from '../../../protocol/server-frames.ts';
import { connectionOf, stage, textFrame, user, type Stage, type TestSocket } from './stage.ts';

const [ann, bob, cy] = [user(1), user(2), user(3)] as const;
afterEach(() => vi.restoreAllMocks());

function connect(set: Stage, userId: string) {
  const made = connectionOf(userId);
  set.assembly.connections.add(made.connection);
  return made;
}

/** As the user's own object tells it, and as it answers from then on. */
function turnOff(set: Stage, userId: string): void {
  set.deliver = ({ user_id }) => Promise.resolve({ stored: true, live_elsewhere: false, read_receipts: user_id !== userId });
  setReadReceipts(set.assembly, userId, false);
}

const receiptsOf = (socket: TestSocket): Receipt[][] =>
  socket.frames.flatMap((frame: ServerFrame) => (frame.op === 'receipts' ? [frame.receipts] : []));

describe('[budget] everybody of a group of a hundred reads a wave of messages', () => {
  const wave = async (set: Stage) => {
    const all = Array.from({ length: 100 }, (_, index) => connect(set, user(index + 1)));
    for (let number = 1; number <= 10; number++) set.write(ann, textFrame(`n${number}`));
    await set.clock.run(1_000);
    for (const { socket } of all) socket.texts.length = 0;
    const stringify = vi.spyOn(JSON, 'stringify');
    for (let number = 1; number <= 10; number++) {
      for (const { connection } of all) set.assembly.room.receive(connection, [{ op: 'read', message_id: number }]);
      await set.clock.run(10);
    }
    const isReceipts = ([value]: unknown[]): boolean => (value as { op?: string } | null)?.op === 'receipts';
    const serialised = () => stringify.mock.calls.filter(isReceipts).length;
    await set.clock.run(500);
    return { all, serialised };
  };

  it('a thousand reads are a hundred frames of one string, not ten thousand', async () => {
    const { all, serialised } = await wave(await stage({ size: 100 }));
    const texts = all.flatMap(({ socket }) => socket.texts);
    expect(texts).toHaveLength(100);
    expect(new Set(texts).size).toBe(1);
    expect(serialised()).toBe(1);
    expect(receiptsOf(all[1]!.socket)[0]).toHaveLength(100);
    expect(receiptsOf(all[1]!.socket)[0]).toContainEqual({ user_id: user(50), delivered: 10, read: 10 });
  });

  it('one more string for each who has receipts off, and to them their own at once', async () => {
    const set = await stage({ size: 100 });
    turnOff(set, user(50));
    const { all, serialised } = await wave(set);
    const others = all.filter(({ connection }) => connection.userId !== user(50)).flatMap(({ socket }) => socket.texts);
    expect(others).toHaveLength(99);
    expect(new Set(others).size).toBe(1);
    expect(all[49]!.socket.texts).toHaveLength(11);
    expect(serialised()).toBe(12);
    expect(receiptsOf(all[1]!.socket)[0]!.some(({ user_id }) => user_id === user(50))).toBe(false);
    expect(
      receiptsOf(all[49]!.socket)
        .at(-1)!
        .some(({ read }) => read > 0),
    ).toBe(false);
    expect(receiptsOf(all[49]!.socket).at(-2)).toEqual([{ user_id: user(50), delivered: 10, read: 10 }]);
  });

  it('all positions are one row, written once', async () => {
    const set = await stage({ size: 100 });
    await set.clock.run(10_000);
    await wave(set);
    const writes: string[] = [];
    set.storage.fault = (query) => void (/^(INSERT|UPDATE|DELETE)/.test(query) && writes.push(query));
    await set.assembly.outbox.drain();
    set.alarms.rang();
    await set.assembly.outbox.drain();
    expect(writes).toHaveLength(1);
    const [row] = set.storage.rows<{ receipts: string }>('SELECT receipts FROM progress');
    expect(Object.keys(JSON.parse(row!.receipts) as object)).toHaveLength(100);
  });
});

describe('[P8] receipts of one who has turned them off', () => {
  it('are hidden in hello, in frames and in the description, and theirs of others too', async () => {
    const set = await stage();
    set.write(ann, textFrame('read it?'));
    turnOff(set, bob);
    const [one, two] = [connect(set, ann), connect(set, bob)];
    await set.clock.run(1_000);
    for (const { socket } of [one, two]) socket.texts.length = 0;
    set.assembly.room.receive(two.connection, [{ op: 'read', message_id: 1 }]);
    await set.clock.run(1_000);
    expect(receiptsOf(one.socket)).toEqual([]);
    expect(receiptsOf(two.socket)).toEqual([[{ user_id: bob, delivered: 1, read: 1 }]]);
    const [hello] = set.join(ann).frames;
    expect(hello).toMatchObject({ op: 'hello', receipts: expect.arrayContaining([{ user_id: bob, delivered: 0, read: 0 }]) });
    expect(set.assembly.room.describe(bob)).toMatchObject({
      value: { receipts: [expect.objectContaining({ user_id: ann, read: 0 }), { user_id: bob, delivered: 1, read: 1 }] },
    });
  });

  it('are shown again, to both sides and at once, when they turn them on', async () => {
    const set = await stage();
    set.write(ann, textFrame('read it?'));
    turnOff(set, bob);
    const [one, two] = [connect(set, ann), connect(set, bob)];
    set.assembly.room.receive(two.connection, [{ op: 'read', message_id: 1 }]);
    await set.clock.run(1_000);
    for (const { socket } of [one, two]) socket.texts.length = 0;
    setReadReceipts(set.assembly, bob, true);
    expect(receiptsOf(two.socket)[0]).toContainEqual({ user_id: ann, delivered: 1, read: 1 });
    await set.clock.run(500);
    expect(receiptsOf(one.socket)).toHaveLength(1);
    expect(receiptsOf(one.socket)[0]).toContainEqual({ user_id: bob, delivered: 1, read: 1 });
  });
});

describe('typing', () => {
  const typing = { op: 'typing', on: true, what: 'recording' } as const;

  it('goes to everyone but the sender’s own sockets, with what they are doing', async () => {
    const set = await stage();
    const [phone, laptop, two, three] = [connect(set, ann), connect(set, ann), connect(set, bob), connect(set, cy)];
    set.assembly.room.receive(phone.connection, [typing]);
    expect([two, three].map(({ socket }) => socket.frames)).toEqual([[{ ...typing, user_id: ann }], [{ ...typing, user_id: ann }]]);
    expect([phone, laptop].map(({ socket }) => socket.texts)).toEqual([[], []]);
  });

  it('is never stored, arms no alarm, sets no timer and calls nobody', async () => {
    const set = await stage();
    const one = connect(set, ann);
    connect(set, bob);
    const statements: string[] = [];
    const calls: string[] = [];
    set.storage.fault = (query) => void statements.push(query);
    set.deliver = ({ user_id }) => {
      calls.push(user_id);
      return Promise.resolve({ stored: true, live_elsewhere: false, read_receipts: true });
    };
    const timers = set.clock.waiting();
    set.assembly.room.receive(one.connection, [typing, { op: 'typing', on: false }]);
    expect(set.clock.waiting()).toBe(timers);
    await set.clock.run(60_000);
    expect([statements, calls, set.alarms.armedAt]).toEqual([[], [], null]);
  });

  it('of a blocked user is not passed on, of the one who blocks it is', async () => {
    const set = await stage({ size: 2, kind: 'direct' });
    const [one, two] = [connect(set, ann), connect(set, bob)];
    set.assembly.writer.setBlocked(ann, true, 1);
    set.assembly.room.receive(two.connection, [typing]);
    expect(one.socket.texts).toEqual([]);
    set.assembly.room.receive(one.connection, [typing]);
    expect(two.socket.frames).toEqual([{ ...typing, user_id: ann }]);
  });
});
