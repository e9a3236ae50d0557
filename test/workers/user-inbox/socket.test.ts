/** The inbox socket in the real runtime: through hibernation, from conversation to device, to the end of its session. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { UNCHOSEN } from '../../../protocol/reach.ts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Alarms } from '../../../durable/kit/alarms.ts';
import type { UserInbox } from '../../../durable/user-inbox/object.ts';
import type { InboxServerFrame } from '../../../protocol/inbox.ts';
import { news } from '../../unit/user-inbox/builders.ts';
import { ask, env, makeRoom, open, textFrame, uuid, type Room } from '../conversation/room.ts';
import { inboxHeaders } from './proof.ts';
import { toTheEnd } from './sweeping.ts';

afterEach(() => vi.restoreAllMocks());

const inboxes = env.USER_INBOX as unknown as DurableObjectNamespace<UserInbox>;
const inboxOf = (user: string): DurableObjectStub<UserInbox> => inboxes.get(inboxes.idFromName(user));

interface InboxSocket {
  frames: InboxServerFrame[];
  texts: string[];
  say(frame: unknown): void;
  until<F extends InboxServerFrame>(fits: (frame: InboxServerFrame) => frame is F): Promise<F>;
  untilText(text: string): Promise<void>;
  untilClosed(): Promise<number>;
  close(): void;
}

async function connect(user: string, { device = uuid(), session = uuid(), cursor = '' } = {}): Promise<InboxSocket> {
  const origin = { session_id: session, expires_at: Date.now() + 3_600_000, device_id: device };
  const request = new Request(`https://inbox/socket?cursor=${cursor}`, { headers: inboxHeaders(origin) });
  const { webSocket } = await inboxOf(user).fetch(request);
  if (webSocket === null) throw new Error('no socket');
  const checks = new Set<() => void>();
  const wake = (): void => checks.forEach((check) => check());
  const when = <T>(found: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const check = (): void => {
        const value = found();
        if (value === undefined) return;
        checks.delete(check);
        resolve(value);
      };
      checks.add(check);
      check();
    });
  let closed: number | undefined;
  const socket: InboxSocket = {
    frames: [],
    texts: [],
    say: (frame) => webSocket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    until: (fits) => when(() => socket.frames.find(fits)),
    untilText: async (text) => void (await when(() => socket.texts.find((one) => one === text))),
    untilClosed: () => when(() => closed),
    close: () => webSocket.close(1000, 'bye'),
  };
  webSocket.addEventListener('message', ({ data }) => {
    socket.texts.push(String(data));
    if (data !== 'pong') socket.frames.push(JSON.parse(String(data)) as InboxServerFrame);
    wake();
  });
  webSocket.addEventListener('close', ({ code }) => {
    closed = code;
    wake();
  });
  webSocket.accept();
  await socket.until((frame): frame is InboxServerFrame & { op: 'hello' } => frame.op === 'hello' && !frame.has_more);
  return socket;
}

type Moved = Extract<InboxServerFrame, { op: 'conversation' }>;
const movedTo =
  (conversationId: string, unread: number) =>
  (frame: InboxServerFrame): frame is Moved =>
    frame.op === 'conversation' && frame.conversation.conversation_id === conversationId && frame.conversation.unread_count === unread;

describe('an inbox socket', () => {
  it('gets a message of another conversation at once, with its row and its text', async () => {
    const room = await makeRoom();
    const [ann, bob] = room.users as [string, string];
    const socket = await connect(bob);
    await ask(await open(room, ann), textFrame('hello'));
    const moved = await socket.until(movedTo(room.id, 1));
    expect(moved).toMatchObject({
      conversation: { kind: 'direct', last_message: { content: 'hello', sender_id: ann } },
      messages: [{ content: 'hello', message_id: 1 }],
    });
  });

  it('is told of a new group, of what another device reads there, and of the own removal', async () => {
    const socketOf = async (room: Room, user: string) => ({ inbox: await connect(user), room: await open(room, user) });
    const room = await makeRoom(3);
    const [owner, member] = room.users as [string, string, string];
    const mine = await socketOf(room, member);
    await ask(await open(room, owner), textFrame('one'));
    await mine.inbox.until(movedTo(room.id, 1));
    await room.stub().read(member, 1);
    await mine.inbox.until((frame): frame is Moved => movedTo(room.id, 0)(frame) && frame.conversation.read_message_id === 1);
    await room.stub().removeMember(owner, member);
    const removed = await mine.inbox.until((frame): frame is InboxServerFrame & { op: 'removed' } => frame.op === 'removed');
    expect(removed.conversation_id).toBe(room.id);
  });

  it('[P7] after time away gets what it missed, exactly, though the conversation had not told everything', async () => {
    const room = await makeRoom();
    const [ann, bob] = room.users as [string, string];
    const first = await connect(bob);
    const speaker = await open(room, ann);
    await ask(speaker, textFrame('1'));
    const { cursor } = await first.until((frame): frame is Moved => movedTo(room.id, 1)(frame) && frame.cursor !== undefined);
    first.close();
    await first.untilClosed();
    await evictDurableObject(inboxOf(bob));
    for (let number = 2; number <= 9; number++) await ask(speaker, textFrame(String(number), number - 1));
    const back = await connect(bob, { cursor: cursor! });
    const seen = () =>
      back.frames.some((frame) =>
        (frame.op === 'hello' ? frame.changed : frame.op === 'conversation' ? [frame.conversation] : []).some(
          (row) => row.unread_count === 9,
        ),
      );
    await back.until((_frame): _frame is InboxServerFrame => seen());
    const page = await inboxOf(bob).changes(cursor!, 50);
    expect(page).toMatchObject({ ok: true, value: { conversations: [{ conversation_id: room.id, unread_count: 9 }] } });
  });

  it('keeps who it is through an eviction: news still reach it, its acknowledgements still count', async () => {
    const user = uuid();
    const socket = await connect(user, { device: 'd' });
    await inboxOf(user).deliver(news('c', 1, { user_id: user }));
    await evictDurableObject(inboxOf(user));
    await inboxOf(user).deliver(news('c', 2, { user_id: user }));
    const { cursor } = await socket.until(movedTo('c', 2));
    socket.say({ op: 'ack', cursor });
    socket.say({ op: 'nonsense' });
    await socket.until((frame): frame is InboxServerFrame & { op: 'error' } => frame.op === 'error');
    const attached = await runInDurableObject(inboxOf(user), (_object, state) =>
      state.getWebSockets().map((each) => each.deserializeAttachment() as { owed: unknown[] }),
    );
    expect(attached).toMatchObject([{ owed: [] }]);
  });

  it('[budget] heartbeats wake nobody', async () => {
    const user = uuid();
    const socket = await connect(user);
    await evictDurableObject(inboxOf(user));
    // Every object that comes to life asks for its alarm.
    const wakings = vi.spyOn(Alarms.prototype, 'restore');
    socket.say('ping');
    await socket.untilText('pong');
    expect(wakings).toHaveBeenCalledTimes(0);
    socket.say({ op: 'nonsense' });
    await socket.until((frame): frame is InboxServerFrame & { op: 'error' } => frame.op === 'error');
    expect(wakings).toHaveBeenCalledTimes(1);
  });

  it('closes the first when a device opens a second, and answers its goodbye', async () => {
    const user = uuid();
    const [first, other] = [await connect(user, { device: 'd' }), await connect(user, { device: 'e' })];
    await connect(user, { device: 'd' });
    expect(await first.untilClosed()).toBe(4409);
    other.close();
    expect(await other.untilClosed()).toBe(1000);
  });

  it('[P8] ends with its session, at once, and with its device', async () => {
    const user = uuid();
    const session = uuid();
    const [ended, removed, kept] = [
      await connect(user, { session }),
      await connect(user, { device: 'd' }),
      await connect(user, { device: 'e' }),
    ];
    await inboxOf(user).touchDevice({ session_id: uuid(), expires_at: Date.now() + 3_600_000 }, 'd');
    await inboxOf(user).endSession(session);
    await inboxOf(user).deleteDevice('d');
    expect([await ended.untilClosed(), await removed.untilClosed()]).toEqual([4401, 4401]);
    await inboxOf(user).deliver(news('c', 1, { user_id: user }));
    await kept.until(movedTo('c', 1));
  });
});

describe('read receipts', () => {
  it('turned off are told to every conversation, by the alarm where one did not answer at once', async () => {
    const room = await makeRoom();
    const [ann, bob] = room.users as [string, string];
    await inboxOf(bob).deliver(news(room.id, 1, { user_id: bob }));
    const spoken = await open(room, ann);
    await ask(spoken, textFrame('1'));
    await inboxOf(bob).setPrivacy({ ...UNCHOSEN, read_receipts: false });
    await room.stub().read(bob, 1);
    const readOf = async (): Promise<number> => {
      const described = await room.stub().describe(ann);
      if (!described.ok) throw new Error(described.refusal.detail);
      return described.value.receipts.find(({ user_id }) => user_id === bob)?.read ?? 0;
    };
    await expect.poll(readOf).toBe(0);
    expect((await inboxOf(bob).deliver(news(room.id, 2, { user_id: bob }))).read_receipts).toBe(false);
    await toTheEnd(bob);
  });
});
