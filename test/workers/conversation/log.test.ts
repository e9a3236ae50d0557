/** The log's promises, spoken over real sockets to a real object. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import type { Conversation } from '../../../durable/conversation/object.ts';
import { answerTo, ask, entries, fill, isOp, logOf, makeRoom, open, textFrame, uuid } from './room.ts';

describe('[P1] an ack means the message is on disk', () => {
  it('an object that dies in the turn of the write has neither acknowledged nor kept it', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    const frame = textFrame('lost with the turn');
    await runInDurableObject(room.stub(), (instance: Conversation, state) => {
      instance.webSocketMessage(state.getWebSockets()[0]!, JSON.stringify(frame));
      state.abort('crash');
    }).catch(() => undefined);
    await ann.untilClosed();
    expect(ann.frames.filter(answerTo(frame.global_id))).toEqual([]);
    expect(await logOf(room)).toEqual([]);
  });

  it('an object that dies after the write keeps it, and the repeat gets the original number', async () => {
    const room = await makeRoom();
    await open(room, room.users[0]!);
    const frame = textFrame('stored, then silence');
    await runInDurableObject(room.stub(), async (instance: Conversation, state) => {
      instance.webSocketMessage(state.getWebSockets()[0]!, JSON.stringify(frame));
      await state.storage.sync();
      state.abort('crash');
    }).catch(() => undefined);
    const again = await open(room, room.users[0]!);
    expect(await ask(again, frame)).toMatchObject({ op: 'ack', message_id: 1 });
    expect((await logOf(room)).map((entry) => entry.content)).toEqual(['stored, then silence']);
  });
});

describe('[P2] numbers are 1, 2, 3, … without holes, repeats or reordering', () => {
  it('across evictions between frames', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    const bob = await open(room, room.users[1]!);
    for (let number = 1; number <= 6; number++) {
      const sender = number % 2 === 0 ? ann : bob;
      expect(await ask(sender, textFrame(`n${number}`, number - 1))).toMatchObject({ op: 'ack', message_id: number });
      await evictDurableObject(room.stub());
    }
    await ask(ann, textFrame('last', 6));
    await bob.until((frame) => frame.op === 'message' && frame.message.message_id === 7);
    expect(entries(ann)).toEqual([1, 3, 5]);
    expect(entries(bob)).toEqual([2, 4, 6, 7]);
    expect((await logOf(room)).map((entry) => entry.message_id)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('for two devices of one user at once: each sees the other’s as message, its own as ack', async () => {
    const room = await makeRoom();
    const [phone, laptop] = [await open(room, room.users[0]!), await open(room, room.users[0]!)];
    const frames = [textFrame('from the phone'), textFrame('from the laptop')];
    phone.say(frames[0]);
    laptop.say(frames[1]);
    await Promise.all([phone.until(answerTo(frames[0]!.global_id)), laptop.until(answerTo(frames[1]!.global_id))]);
    await Promise.all([phone, laptop].map((socket) => socket.until(isOp('message'))));
    expect([...entries(phone), ...entries(laptop)].toSorted()).toEqual([1, 2]);
  });
});

describe('[P3] the same (sender, global_id) is stored once', () => {
  it('repeated at once, after others, after an eviction and over HTTP: always the original answer', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    const frame = textFrame('once');
    const first = await ask(ann, frame);
    await ask(ann, textFrame('between', 1));
    await evictDurableObject(room.stub());
    const again = await open(room, room.users[0]!);
    expect(await ask(again, frame)).toEqual(first);
    const { op: _op, ...body } = frame;
    const { after_message_id: _after, ...byHttp } = body;
    for (const repeat of [body, byHttp]) {
      const submitted = await room.stub().submit(room.users[0]!, { op: 'send', ...repeat });
      expect(submitted).toMatchObject({ ok: true, value: { message_id: 1, repeated: true } });
    }
    expect(await logOf(room)).toHaveLength(2);
  });

  it('twice in one array, and reordered retries of a whole queue', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    const queue = [textFrame('a'), textFrame('b'), textFrame('c')];
    ann.say([queue[0], queue[0], queue[1]]);
    await ann.until(answerTo(queue[1]!.global_id));
    ann.say([queue[1], queue[0], queue[2], queue[1]]);
    await ann.until(answerTo(queue[2]!.global_id));
    expect((await logOf(room)).map((entry) => entry.content)).toEqual(['a', 'b', 'c']);
    const acked = ann.frames.filter(isOp('ack')).map((ack) => ack.message_id);
    expect(acked).toEqual([1, 1, 2, 2, 1, 3, 2]);
  });

  it('another sender may use the same id; the same one may not use it for something else', async () => {
    const room = await makeRoom();
    const [ann, bob] = [await open(room, room.users[0]!), await open(room, room.users[1]!)];
    const frame = textFrame('mine');
    expect(await ask(ann, frame)).toMatchObject({ op: 'ack', message_id: 1 });
    expect(await ask(bob, { ...frame, content: 'also mine' })).toMatchObject({ op: 'ack', message_id: 2 });
    const other = await open(room, room.users[0]!);
    expect(await ask(other, { op: 'delete', global_id: frame.global_id, target: 1, after_message_id: 0 } as never)).toMatchObject({
      op: 'nack',
      code: 'conflict',
    });
    expect(await ask(await open(room, room.users[0]!), { ...frame, type: 'encrypted' } as never)).toMatchObject({
      op: 'nack',
      code: 'conflict',
    });
    expect(await logOf(room)).toHaveLength(2);
  });

  it('a number beyond the head is stale, and so is one more than 10,000 entries back', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    expect(await ask(ann, textFrame('from the future', 7))).toMatchObject({ op: 'nack', code: 'stale' });
    await fill(room, 10_001);
    const late = await open(room, room.users[0]!, { after: 10_001 });
    expect(await ask(late, textFrame('too late', 0))).toMatchObject({ op: 'nack', code: 'stale' });
    expect(await ask(late, textFrame('just in time', 1))).toMatchObject({ op: 'ack', message_id: 10_002 });
  });
});

describe('[P7] resume: after N exactly what is lacking', () => {
  it('the missed entries follow the hello, oldest first, changes included, in their present state', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    await ask(ann, textFrame('one'));
    await ask(ann, textFrame('two', 1));
    await ask(ann, { op: 'edit', global_id: uuid(), target: 1, content: 'ONE' } as never);
    await ask(ann, { op: 'delete', global_id: uuid(), target: 2 } as never);
    const bob = await open(room, room.users[1]!, { after: 1 });
    await bob.until((frame) => frame.op === 'message' && frame.message.message_id === 4);
    expect(bob.frames[0]).toMatchObject({ op: 'hello', last_message_id: 4, from_message_id: 2, has_more: false });
    expect(bob.frames.slice(1).map((frame) => frame.op === 'message' && frame.message)).toMatchObject([
      { message_id: 2, type: 'text', content: '', deleted: true, changed_by: 4 },
      { message_id: 3, type: 'edit', target: 1, content: 'ONE' },
      { message_id: 4, type: 'deletion', target: 2, content: '' },
    ]);
  });

  it('more than 200 missed: the first 200, has_more, and the rest by sync', async () => {
    const room = await makeRoom();
    await fill(room, 210);
    const bob = await open(room, room.users[1]!);
    await bob.until((frame) => frame.op === 'message' && frame.message.message_id === 200);
    expect(bob.frames[0]).toMatchObject({ last_message_id: 210, has_more: true });
    expect(entries(bob)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    const rest = await room.stub().sync(room.users[1]!, 200, 500);
    expect(rest.ok && JSON.parse(rest.value)).toMatchObject({ has_more: false, messages: { length: 10 } });
  });

  it('a client ahead of the log is told so and gets nothing', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!, { after: 99 });
    expect(ann.frames).toMatchObject([{ op: 'hello', last_message_id: 0, from_message_id: 1, has_more: false }]);
  });
});
