/** Sockets that nobody reads, sockets that nobody speaks on, and how much goes to one at once. */
import { describe, expect, it } from 'vitest';
import { ring } from '../../../durable/conversation/assembly.ts';
import { Connections } from '../../../durable/conversation/connections.ts';
import { CLOSE } from '../../../protocol/errors.ts';
import { BROADCAST_BYTES_MAX, SILENCE_MS_MAX, UNHEARD_BYTES_MAX, UNHEARD_MS_MAX } from '../../../protocol/limits.ts';
import { byteLength } from '../../../protocol/text.ts';
import { connectionOf, stage, textFrame, user, type Stage, type TestSocket } from './stage.ts';

const [ann, bob] = [user(1), user(2)] as const;
const LARGE = 'x'.repeat(16 * 1024);

/** More than a mebibyte to everybody. */
function flood(set: Stage): void {
  for (let message = 0; message * LARGE.length <= UNHEARD_BYTES_MAX; message++) set.write(ann, textFrame(LARGE));
}

const numbers = (socket: TestSocket): number[] =>
  socket.frames.flatMap((frame) => (frame.op === 'message' ? [frame.message.message_id] : frame.op === 'ack' ? [frame.message_id] : []));

describe('[P8] a socket that was closed', () => {
  it('is nobody’s after hibernation, though its other side never answers the close', async () => {
    const set = await stage();
    const [ended, open] = [set.join(bob), set.join(bob)];
    const connection = set.assembly.connections.get(ended)!;
    set.assembly.connections.close(connection, CLOSE.credentials_ended, 'the session has ended');
    connection.save();
    expect([...new Connections([ended, open], () => 0).all()].map(({ socket }) => socket)).toEqual([open]);
  });
});

describe('[B7] a slow reader', () => {
  it('that takes more than a mebibyte and gives no sign of life for 30 seconds is closed with 1013', async () => {
    const set = await stage();
    const [slow, pinging] = [set.join(bob), set.join(bob)];
    set.pingedAt = (socket) => (socket === pinging ? set.clock.now() : 0);
    flood(set);
    expect([slow.closed, pinging.closed]).toEqual([undefined, undefined]);
    await set.clock.run(UNHEARD_MS_MAX);
    set.write(ann, textFrame('on the second'));
    expect(slow.closed).toBeUndefined();
    await set.clock.run(1);
    set.write(ann, textFrame('one too many'));
    expect([slow.closed, pinging.closed]).toEqual([CLOSE.too_slow, undefined]);
    const told = slow.texts.length;
    set.write(ann, textFrame('told to the other alone'));
    expect([slow.texts.length, pinging.frames.at(-1)]).toMatchObject([told, { message: { content: 'told to the other alone' } }]);
  });

  it('that pings or says anything, or was sent less, stays: nothing has to be acknowledged', async () => {
    const set = await stage();
    const [pinging, speaking] = [set.join(bob), set.join(bob)];
    let pingedAt = 0;
    set.pingedAt = (socket) => (socket === pinging ? pingedAt : 0);
    for (let minute = 0; minute < 5; minute++) {
      flood(set);
      await set.clock.run(20_000);
      pingedAt = set.clock.now();
      set.assembly.sockets.receive(speaking, JSON.stringify({ op: 'typing', on: false }));
      await set.clock.run(20_000);
    }
    const quiet = set.join(bob, set.assembly.writer.head);
    await set.clock.run(UNHEARD_MS_MAX + 1);
    pingedAt = set.clock.now();
    set.write(ann, textFrame('a little'));
    expect([pinging.closed, speaking.closed, quiet.closed]).toEqual([undefined, undefined, undefined]);
  });

  it('that comes back catches up', async () => {
    const set = await stage();
    const slow = set.join(bob);
    flood(set);
    await set.clock.run(UNHEARD_MS_MAX + 1);
    set.write(ann, textFrame('one too many'));
    expect(slow.closed).toBe(CLOSE.too_slow);
    const last = numbers(slow).at(-1)!;
    expect(last).toBe(set.assembly.writer.head);
    set.write(ann, textFrame('meanwhile'));
    expect(numbers(set.join(bob, last))).toEqual([last + 1]);
  });
});

describe('[B6] a silent socket', () => {
  const silent = async (awake: (set: Stage) => unknown): Promise<(number | undefined)[]> => {
    const set = await stage();
    const [gone, pinging, speaking] = [set.join(bob), set.join(bob), set.join(bob)];
    set.pingedAt = (socket) => (socket === pinging ? set.clock.now() : 0);
    await set.clock.run(SILENCE_MS_MAX);
    set.assembly.sockets.receive(speaking, JSON.stringify({ op: 'read', message_id: 0 }));
    expect(gone.closed).toBeUndefined();
    await set.clock.run(1);
    await awake(set);
    return [gone.closed, pinging.closed, speaking.closed];
  };

  it.each<[string, (set: Stage) => unknown]>([
    ['at a broadcast', (set) => set.write(ann, textFrame('to all'))],
    ['when another opens', (set) => set.join(ann)],
    ['at an alarm', (set) => ring(set.assembly, { alarms: set.alarms, now: () => set.clock.now() })],
  ])('of 90 seconds is closed with 4408 %s; who pings or speaks stays', async (_when, awake) => {
    expect(await silent(awake)).toEqual([CLOSE.heartbeat_lost, undefined, undefined]);
  });

  it('is not looked for by a timer or an alarm of its own', async () => {
    const set = await stage();
    const socket = set.join(bob);
    await set.clock.run(10 * SILENCE_MS_MAX);
    expect(socket.closed).toBeUndefined();
    expect(set.clock.waiting()).toBe(0);
  });

  it('is not one that spoke before the object slept, as far as that is known to half a minute', () => {
    const { connection, socket } = connectionOf(bob);
    const opened = connection.attachment.opened_at;
    connection.heard(opened + 60_000);
    const woken = new Connections([socket], () => 0);
    woken.closeSilent(opened + 60_000 + SILENCE_MS_MAX);
    expect(socket.closed).toBeUndefined();
    woken.closeSilent(opened + 60_000 + 30_000 + SILENCE_MS_MAX + 1);
    expect(socket.closed).toBe(CLOSE.heartbeat_lost);
  });

  it('costs a look at each socket once in ten seconds, not with every message', () => {
    let looks = 0;
    const connections = new Connections([], () => {
      looks += 1;
      return 1_800_000_000_000;
    });
    for (let socket = 0; socket < 10; socket++) connections.add(connectionOf(user(socket)).connection);
    for (let message = 0; message < 1_000; message++) connections.broadcast('x', 1_800_000_000_000 + message);
    expect(looks).toBe(10);
  });
});

describe('[B7] what goes to a client at once', () => {
  it('is divided above 256 KiB, in order, whatever a batch holds, for sender and receivers alike', async () => {
    const set = await stage();
    const [sender, receiver] = [connectionOf(ann), connectionOf(bob)];
    for (const { connection } of [sender, receiver]) set.assembly.connections.add(connection);
    const frames = Array.from({ length: 60 }, (_, index) => textFrame((index % 2 === 0 ? '\u0001' : '€').repeat(5_000)));
    set.assembly.room.receive(connectionOf(ann).connection, [textFrame('at once')]);
    set.assembly.room.receive(sender.connection, frames.slice(0, 30));
    set.assembly.room.receive(connectionOf(ann).connection, frames.slice(30));
    await set.clock.run(1);
    expect(numbers(receiver.socket)).toEqual(Array.from({ length: 61 }, (_, index) => index + 1));
    expect(numbers(sender.socket)).toEqual(Array.from({ length: 61 }, (_, index) => index + 1));
    for (const { socket } of [sender, receiver]) {
      const sizes = socket.texts.map(byteLength);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(BROADCAST_BYTES_MAX);
      expect(socket.texts.length).toBeLessThanOrEqual(2 + Math.ceil(sizes.reduce((sum, size) => sum + size) / (BROADCAST_BYTES_MAX / 2)));
    }
  });
});
