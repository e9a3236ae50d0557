/** The single writer when its storage fails: all or nothing, and memory never ahead of the disk. */
import { describe, expect, it } from 'vitest';
import * as membership from '../../../durable/conversation/membership.ts';
import type { ClientFrame, LogFrame } from '../../../protocol/client-frames.ts';
import type { ServerFrame } from '../../../protocol/server-frames.ts';
import { SEND_BURST } from '../../../protocol/limits.ts';
import { connectionOf, stage, textFrame, user, type Stage, type TestSocket } from './stage.ts';

const [ann, bob] = [user(1), user(2)] as const;

/** Fails at the statements that match; `count`: how many insertions of entries have been tried. */
function failOn(set: Stage, matches: (query: string, count: number) => boolean): void {
  let count = 0;
  set.storage.fault = (query) => {
    if (query.startsWith('INSERT INTO messages')) count += 1;
    if (matches(query, count)) throw new Error('SQLITE_FULL');
  };
}

const said = (socket: TestSocket): string[] =>
  socket.frames.flatMap((frame: ServerFrame) =>
    frame.op === 'ack' ? [`ack ${frame.message_id}`] : frame.op === 'nack' ? [`nack ${frame.code}`] : [],
  );

function connected(
  set: Stage,
  userId: string,
): { say: (frames: ClientFrame[]) => void; socket: TestSocket; held: () => string | undefined } {
  const { connection, socket } = connectionOf(userId);
  set.assembly.connections.add(connection);
  return {
    socket,
    say: (frames) => set.assembly.room.receive(connection, frames),
    held: () => connection.attachment.held?.global_id,
  };
}

const heads = (set: Stage): unknown => ({
  memory: set.assembly.writer.head,
  disk: set.log().length,
  countable: set.assembly.writer.countableTotal,
});

describe('[P1][P2] a batch whose transaction fails', () => {
  it('is tried again entry by entry; what stands before the bad one is stored, and what stands behind waits', async () => {
    const set = await stage();
    const { say, socket, held } = connected(set, ann);
    const batch = ['a', 'b', 'bad', 'c'].map((content) => textFrame(content));
    const bad = batch[2]!;
    // Third insertion of the first try, and third of the second: the same entry.
    failOn(set, (query, count) => query.startsWith('INSERT INTO messages') && (count === 3 || count === 6));
    say(batch);
    expect(said(socket)).toEqual(['ack 1', 'ack 2', 'nack internal', 'nack internal']);
    expect(set.log().map(({ content }) => content)).toEqual(['a', 'b']);
    expect(heads(set)).toEqual({ memory: 2, disk: 2, countable: 2 });
    expect(held()).toBe(bad.global_id);
    set.storage.fault = undefined;
    await set.clock.run(10);
    say(batch);
    expect(said(socket).slice(4)).toEqual(['ack 1', 'ack 2', 'ack 3', 'ack 4']);
    expect(set.log().map(({ content }) => content)).toEqual(['a', 'b', 'bad', 'c']);
    expect(held()).toBeUndefined();
  });

  it('leaves nothing behind when every try fails, and the log goes on as if it had never come', async () => {
    const set = await stage();
    const { say, socket } = connected(set, ann);
    set.write(bob, textFrame('before'));
    failOn(set, (query) => query.startsWith('INSERT INTO messages'));
    say([textFrame('x'), textFrame('y')]);
    expect(said(socket)).toEqual(['nack internal', 'nack internal']);
    expect(heads(set)).toEqual({ memory: 1, disk: 1, countable: 1 });
    expect(set.errors).toHaveLength(1);
    set.storage.fault = undefined;
    set.write(bob, textFrame('after'));
    expect(set.log().map(({ message_id, content }) => [message_id, content])).toEqual([
      [1, 'before'],
      [2, 'after'],
    ]);
  });

  it('undoes the entry when the row it changes cannot be changed', async () => {
    const set = await stage();
    set.write(ann, textFrame('first'));
    failOn(set, (query) => query.startsWith('UPDATE messages'));
    const edit: LogFrame = { op: 'edit', global_id: textFrame('').global_id, target: 1, content: 'second' };
    expect(set.assembly.room.submit(ann, edit)).toMatchObject({ ok: false, refusal: { code: 'internal' } });
    expect(set.log()).toMatchObject([{ message_id: 1, content: 'first', changed_by: null }]);
    expect(set.assembly.writer.lastMessage).toMatchObject({ content: 'first' });
    set.storage.fault = undefined;
    expect(set.assembly.room.submit(ann, edit)).toMatchObject({ ok: true, value: { message_id: 2, repeated: false } });
    expect(set.assembly.writer.lastMessage).toMatchObject({ content: 'second', changed_by: 2 });
  });

  it('[P3] does not remember as repeats what was rolled back', async () => {
    const set = await stage();
    const frame = textFrame('once', { after_message_id: 0 });
    failOn(set, (query) => query.startsWith('INSERT INTO messages'));
    expect(set.assembly.room.submit(ann, frame)).toMatchObject({ ok: false });
    set.storage.fault = undefined;
    expect(set.assembly.room.submit(ann, frame)).toMatchObject({ ok: true, value: { message_id: 1, repeated: false } });
    expect(set.assembly.room.submit(ann, frame)).toMatchObject({ ok: true, value: { message_id: 1, repeated: true } });
  });
});

describe('[P8] a change of members that fails', () => {
  it('changes nothing: neither roles nor members nor numbers, and a later one goes through', async () => {
    const set = await stage();
    set.join(bob);
    const removing = () => set.assembly.room.changeMembers(ann, (roster) => membership.remove(roster, ann, bob));
    failOn(set, (query) => query.startsWith('DELETE FROM members'));
    expect(removing).toThrow('SQLITE_FULL');
    expect(set.assembly.writer.members.has(bob)).toBe(true);
    expect(set.assembly.connections.of(bob)).toHaveLength(1);
    expect(heads(set)).toMatchObject({ memory: 0, disk: 0 });
    set.storage.fault = undefined;
    expect(removing()).toMatchObject({ ok: true });
    expect(set.assembly.writer.members.has(bob)).toBe(false);
    expect(set.assembly.connections.of(bob)).toEqual([]);
    set.commit();
    await set.crash();
    expect([...set.assembly.writer.members.keys()]).toEqual([ann, user(3)]);
  });
});

describe('[P3] order under a rate limit', () => {
  /** The stage is a hundred times as patient as the real thing. */
  const burst = SEND_BURST * 100;

  it('behind a send that was told to wait every later one waits, until it comes again, across a retry of all', async () => {
    const set = await stage();
    const { say, socket, held } = connected(set, ann);
    const queue = Array.from({ length: burst + 20 }, (_, index) => textFrame(`n${index}`, { after_message_id: 0 }));
    for (let from = 0; from < queue.length; from += 100) say(queue.slice(from, from + 100));
    await set.clock.run(1);
    expect(said(socket).filter((text) => text === 'nack rate_limited')).toHaveLength(20);
    expect(held()).toBe(queue[burst]!.global_id);
    await set.clock.run(2_000);
    say([queue[burst + 1]!]);
    expect(said(socket).at(-1)).toBe('nack rate_limited');
    for (let from = 0; from < queue.length; from += 100) say(queue.slice(from, from + 100));
    await set.clock.run(1);
    expect(held()).toBeUndefined();
    expect(set.log().map(({ content }) => content)).toEqual(queue.map(({ content }) => content));
  });
});

describe('a conversation of two, one of whom blocked the other', () => {
  it('takes nothing from the blocked one, repeats excepted, and everything from the other', async () => {
    const set = await stage({ size: 2, kind: 'direct' });
    const before = textFrame('before', { after_message_id: 0 });
    set.write(bob, before);
    set.assembly.writer.setBlocked(ann, true, 1);
    expect(set.assembly.room.submit(bob, textFrame('x'))).toMatchObject({ ok: false, refusal: { code: 'forbidden' } });
    expect(set.assembly.room.submit(bob, before)).toMatchObject({ ok: true, value: { message_id: 1, repeated: true } });
    set.write(ann, textFrame('I may'));
    set.commit();
    await set.crash();
    expect(set.assembly.room.submit(bob, textFrame('x'))).toMatchObject({ ok: false, refusal: { code: 'forbidden' } });
    set.assembly.writer.setBlocked(ann, false, 2);
    set.write(bob, textFrame('again'));
    expect(set.log()).toHaveLength(3);
  });
});
