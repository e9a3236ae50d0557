/** Who gets in, what is refused, and how sockets end. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { toHeaders } from '../../../durable/session.ts';
import { ERROR_BURST, FRAME_BYTES_FATAL, FRAME_BYTES_MAX, SEND_BURST, SOCKETS_PER_DEVICE_MAX } from '../../../protocol/limits.ts';
import { ADDING, answerTo, ask, isOp, logOf, makeRoom, open, textFrame, uuid } from './room.ts';

describe('[P8] nobody reads or writes what they are no member of', () => {
  it('a stranger gets the same answer as for a conversation that does not exist, and nothing is written', async () => {
    const room = await makeRoom();
    const stranger = uuid();
    const stub = room.stub();
    const answers = await Promise.all([
      stub.describe(stranger),
      stub.history(stranger, { limit: 50 }),
      stub.sync(stranger, 0, 10),
      stub.submit(stranger, textFrame('let me in')),
      stub.patch(stranger, { title: 'mine' }),
      stub.putMember(stranger, stranger, undefined, ADDING),
      stub.removeMember(stranger, room.users[0]!),
      stub.read(stranger, 1),
    ]);
    expect(answers.map((answer) => !answer.ok && answer.refusal.code)).toEqual(answers.map(() => 'not_found'));
    await expect(open(room, stranger)).rejects.toThrow('no socket: 404');
    expect(await logOf(room)).toEqual([]);
  });

  it('asking for an id that was never created writes nothing', async () => {
    const room = await makeRoom();
    const ghost = { ...room, id: uuid() };
    const { env } = await import('./room.ts');
    const stub = env.CONVERSATION.get(env.CONVERSATION.idFromName(ghost.id));
    expect(await stub.describe(room.users[0]!)).toMatchObject({ ok: false, refusal: { code: 'not_found' } });
    const tables = await runInDurableObject(stub as unknown as DurableObjectStub, (_object, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it('a removed member’s sockets close at once with 4403, and what follows reaches them no more', async () => {
    const room = await makeRoom(3);
    const [owner, bob] = [await open(room, room.users[0]!), await open(room, room.users[1]!)];
    expect((await room.stub().removeMember(room.users[0]!, room.users[1]!)).ok).toBe(true);
    expect(await bob.untilClosed()).toMatchObject({ code: 4403 });
    await ask(owner, textFrame('without bob', 1));
    expect(bob.frames.filter(isOp('message')).map((frame) => frame.message.type)).toEqual(['membership']);
    expect(await room.stub().sync(room.users[1]!, 0, 10)).toMatchObject({ ok: false, refusal: { code: 'not_found' } });
  });

  it('a blocked user reads but does not write, until unblocked', async () => {
    const room = await makeRoom();
    const [ann, bob] = room.users as [string, string];
    const socket = await open(room, bob);
    await room.stub().setBlocked(ann, true, Date.now() + 1);
    expect(await ask(socket, textFrame('hello?'))).toMatchObject({ op: 'nack', code: 'forbidden' });
    expect(await room.stub().submit(ann, textFrame('I may'))).toMatchObject({ ok: true });
    expect((await room.stub().sync(bob, 0, 10)).ok).toBe(true);
    await room.stub().setBlocked(ann, false, Date.now() + 2);
    expect(await ask(socket, textFrame('hello!', 1))).toMatchObject({ op: 'ack', message_id: 2 });
  });
});

describe('sessions and devices', () => {
  it('an ended session’s sockets close with 4401, other sessions’ stay', async () => {
    const room = await makeRoom();
    const ending = await open(room, room.users[0]!, { session: 'ending' });
    const other = await open(room, room.users[0]!, { session: 'other' });
    expect(await room.stub().closeSockets({ user_id: room.users[0]!, session_id: 'ending' })).toEqual({ closed: 1 });
    expect(await ending.untilClosed()).toMatchObject({ code: 4401 });
    expect(await ask(other, textFrame('still here'))).toMatchObject({ op: 'ack' });
  });

  it('[P8] a closed socket whose other side does not answer is nobody’s after hibernation either', async () => {
    const room = await makeRoom();
    const whose = { user_id: room.users[0]!, session_id: 'ending' };
    const ending = await open(room, whose.user_id, { session: whose.session_id });
    expect(await room.stub().closeSockets(whose)).toEqual({ closed: 1 });
    const stub = room.stub() as unknown as DurableObjectStub;
    const attached = (): Promise<unknown[]> =>
      runInDurableObject(stub, (_object, state) => state.getWebSockets().map((socket) => socket.deserializeAttachment() as unknown));
    expect((await attached()).filter((one) => one !== null)).toEqual([]);
    await evictDurableObject(stub);
    expect(await room.stub().closeSockets(whose)).toEqual({ closed: 0 });
    expect(await ending.untilClosed()).toMatchObject({ code: 4401 });
  });

  it('[A2] an upgrade that an ended session had on its way opens no socket any more', async () => {
    const room = await makeRoom();
    const user_id = room.users[0]!;
    await room.stub().closeSockets({ user_id, session_id: 'ending' });
    const late = await room.stub().fetch(
      new Request('https://conversation/socket', {
        headers: { upgrade: 'websocket', ...toHeaders({ user_id, session_id: 'ending', expires_at: 9e15, device_id: 'd' }) },
      }),
    );
    expect([late.status, await late.json()]).toMatchObject([401, { code: 'unauthenticated' }]);
    expect((await open(room, user_id, { session: 'other' })).closed).toBeUndefined();
  });

  it('a removed device’s sockets close with 4401, whichever session opened them; what it opens later stays', async () => {
    const room = await makeRoom();
    const [ann] = room.users as [string];
    const [one, two, other] = [
      await open(room, ann, { device: 'phone', session: 'old' }),
      await open(room, ann, { device: 'phone', session: 'new' }),
      await open(room, ann, { device: 'laptop', session: 'new' }),
    ];
    expect(await room.stub().closeSockets({ user_id: ann, device_id: 'phone', opened_until: Date.now() })).toEqual({ closed: 2 });
    for (const socket of [one, two]) expect(await socket.untilClosed()).toMatchObject({ code: 4401 });
    const removedAt = Date.now() - 1_000;
    const again = await open(room, ann, { device: 'phone' });
    expect(await room.stub().closeSockets({ user_id: ann, device_id: 'phone', opened_until: removedAt })).toEqual({ closed: 0 });
    expect([again.closed, other.closed]).toEqual([undefined, undefined]);
  });

  it('a session that has expired is closed at its own frame and at the next broadcast', async () => {
    const room = await makeRoom();
    const [mine, silent] = [await open(room, room.users[0]!, { expiresAt: 1 }), await open(room, room.users[0]!, { expiresAt: 1 })];
    mine.say(textFrame('too late'));
    expect(await mine.untilClosed()).toMatchObject({ code: 4401 });
    await ask(await open(room, room.users[1]!), textFrame('a broadcast'));
    expect(await silent.untilClosed()).toMatchObject({ code: 4401 });
    expect(await logOf(room, room.users[1])).toMatchObject([{ content: 'a broadcast' }]);
  });

  it('a device’s sixth socket closes its oldest with 4409, another device’s is left alone', async () => {
    const room = await makeRoom();
    const device = uuid();
    const other = await open(room, room.users[0]!);
    const sockets = [];
    for (let index = 0; index <= SOCKETS_PER_DEVICE_MAX; index++) sockets.push(await open(room, room.users[0]!, { device }));
    expect(await sockets[0]!.untilClosed()).toMatchObject({ code: 4409 });
    await ask(other, textFrame('to the five'));
    await Promise.all(sockets.slice(1).map((socket) => socket.until(isOp('message'))));
    expect(sockets.slice(1).map((socket) => socket.closed)).toEqual(sockets.slice(1).map(() => undefined));
  });

  it('a heartbeat is answered without waking the object', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    await evictDurableObject(room.stub());
    ann.say('ping');
    await new Promise<void>((resolve) => {
      const check = (): void => (ann.texts.includes('pong') ? resolve() : void setTimeout(check, 5));
      check();
    });
    await expect(evictDurableObject(room.stub())).rejects.toThrow();
  });
});

describe('[P10] bad frames get one clear error and change nothing', () => {
  it('size: above 128 KiB too_large and the socket stays; above 1 MiB it closes with 4413', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    ann.say({ ...textFrame('x'), padding: 'x'.repeat(FRAME_BYTES_MAX) });
    expect(await ann.until(isOp('error'))).toMatchObject({ code: 'too_large' });
    expect(await ask(ann, { ...textFrame('x'.repeat(16 * 1024 + 1)) })).toMatchObject({ op: 'nack', code: 'too_large' });
    expect(await ask(ann, { ...textFrame('é'.repeat(8 * 1024)) })).toMatchObject({ op: 'ack', message_id: 1 });
    ann.say('x'.repeat(FRAME_BYTES_FATAL + 1));
    expect(await ann.untilClosed()).toMatchObject({ code: 4413 });
    expect(await logOf(room)).toHaveLength(1);
  });

  it('an empty array, and one with a bad frame in it, are one error each and nothing is stored', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    ann.say([]);
    ann.say([textFrame('good'), { op: 'send' }]);
    ann.say(Array.from({ length: 101 }, () => textFrame('one too many')));
    ann.socket.send(new Uint8Array([1, 2, 3]));
    await ann.until(() => ann.frames.filter(isOp('error')).length === 4);
    expect(ann.frames.filter(isOp('error')).map(({ code }) => code)).toEqual(['bad_request', 'bad_request', 'too_large', 'bad_request']);
    expect(await logOf(room)).toEqual([]);
  });

  it('each refused frame is one line in the log, with its code and nothing of what was said', async () => {
    const room = await makeRoom();
    const log = vi.spyOn(console, 'log');
    const ann = await open(room, room.users[0]!);
    ann.say({ ...textFrame('a secret'), content: 7 });
    await ask(ann, { ...textFrame('a secret'), reply_to: 99 } as never);
    await ask(ann, textFrame('a secret that is fine'));
    const lines = log.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('frame_refused'));
    log.mockRestore();
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { level: 'info', event: 'frame_refused', code: 'bad_request', detail: expect.stringMatching(/^content: /) },
      { level: 'info', event: 'frame_refused', code: 'bad_request', detail: 'reply_to: no such message' },
    ]);
    expect(lines.join()).not.toContain('secret');
  });

  it('a flood of them closes the socket with 4429', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    for (let index = 0; index <= ERROR_BURST; index++) ann.say('{');
    expect(await ann.untilClosed()).toMatchObject({ code: 4429 });
  });
});

describe('the rate limit keeps order', () => {
  it('beyond the burst: rate_limited with retry_after, and every later send the same until that one comes again', async () => {
    const room = await makeRoom();
    const ann = await open(room, room.users[0]!);
    const frames = Array.from({ length: SEND_BURST + 3 }, (_, index) => textFrame(`n${index}`));
    ann.say(frames);
    await ann.until(answerTo(frames.at(-1)!.global_id));
    const nacks = ann.frames.filter(isOp('nack'));
    expect(nacks.map(({ global_id, code }) => [global_id, code])).toEqual(
      frames.slice(SEND_BURST).map(({ global_id }) => [global_id, 'rate_limited']),
    );
    expect(nacks[0]!.retry_after).toBeGreaterThanOrEqual(1);
    // After a hibernation the bucket is full again, but the order still holds.
    await evictDurableObject(room.stub());
    const [first, second, third] = frames.slice(SEND_BURST);
    ann.say(second);
    await ann.until(() => ann.frames.filter(answerTo(second!.global_id)).length === 2);
    ann.say([first, second, third]);
    await ann.until((frame) => frame.op === 'ack' && frame.global_id === third!.global_id);
    expect((await logOf(room)).map((entry) => entry.content)).toEqual(frames.map((frame) => frame.content));
    // A repeat is answered even when limited.
    ann.say(Array.from({ length: 50 }, () => frames[0]));
    await ann.until(() => ann.frames.filter(answerTo(frames[0]!.global_id)).length === 51);
    expect(await logOf(room)).toHaveLength(frames.length);
  });
});
