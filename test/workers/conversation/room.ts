/** A conversation of made-up users for tests in workerd, and sockets that remember what they were told. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env as bound } from 'cloudflare:workers';
import type { Conversation } from '../../../durable/conversation/object.ts';
import type { Adding, Creation } from '../../../durable/conversation/api.ts';
import type { Usage } from '../../../durable/kit/database.ts';
import { toHeaders } from '../../../durable/session.ts';
import type { ServerFrame } from '../../../protocol/server-frames.ts';
import type { Env } from '../../../src/env.ts';

export const env = bound as unknown as Env;
const conversations = env.CONVERSATION as unknown as DurableObjectNamespace<Conversation>;
export const uuid = (): string => crypto.randomUUID();

export const ADDING: Adding = { limited: false, without_lists: [] };

export interface Room {
  id: string;
  users: string[];
  /** Always a fresh one: a stub that saw a crash keeps failing. */
  stub(): DurableObjectStub<Conversation>;
}

export async function makeRoom(size = 2, more: Partial<Creation> = {}): Promise<Room> {
  const users = Array.from({ length: size }, uuid);
  const id = uuid();
  const room = { id, users, stub: () => conversations.get(conversations.idFromName(id)) };
  const [creator_id, ...member_ids] = users;
  const kind = size === 2 ? 'direct' : 'group';
  const creation = {
    conversation_id: id,
    kind,
    title: kind === 'group' ? 'A group' : null,
    creator_id: creator_id!,
    member_ids,
    ...more,
  } as const;
  const created = await room.stub().create(creation);
  if (!created.ok) throw new Error(created.refusal.detail);
  return room;
}

export interface TestSocket {
  frames: ServerFrame[];
  /** Each text as it came, arrays undivided. */
  texts: string[];
  closed: { code: number; reason: string } | undefined;
  socket: WebSocket;
  say(frame: unknown): void;
  /** Waits until a frame that has come, or comes, fits. */
  until<F extends ServerFrame>(fits: (frame: ServerFrame) => frame is F): Promise<F>;
  until(fits: (frame: ServerFrame) => boolean): Promise<ServerFrame>;
  untilClosed(): Promise<{ code: number; reason: string }>;
}

export interface Opening {
  after?: number;
  device?: string;
  session?: string;
  expiresAt?: number;
}

export async function open(
  room: Room,
  user: string,
  { after = 0, device = uuid(), session = uuid(), expiresAt = Date.now() + 3_600_000 }: Opening = {},
): Promise<TestSocket> {
  const origin = { user_id: user, session_id: session, expires_at: expiresAt, device_id: device };
  const response = await room
    .stub()
    .fetch(
      new Request(`https://conversation/socket?after_message_id=${after}`, { headers: { upgrade: 'websocket', ...toHeaders(origin) } }),
    );
  const socket = response.webSocket;
  if (socket === null) throw new Error(`no socket: ${response.status}`);
  const waiting = new Set<() => void>();
  const wake = (): void => waiting.forEach((check) => check());
  const test: TestSocket = {
    frames: [],
    texts: [],
    closed: undefined,
    socket,
    say: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    until: (fits: (frame: ServerFrame) => boolean) =>
      new Promise<never>((resolve) => {
        const check = (): void => {
          const found = test.frames.find(fits);
          if (found === undefined) return;
          waiting.delete(check);
          resolve(found as never);
        };
        waiting.add(check);
        check();
      }),
    untilClosed: () =>
      new Promise((resolve) => {
        const check = (): void => void (test.closed !== undefined && (waiting.delete(check), resolve(test.closed)));
        waiting.add(check);
        check();
      }),
  };
  socket.addEventListener('message', ({ data }) => {
    const text = String(data);
    test.texts.push(text);
    if (text !== 'pong') test.frames.push(...[JSON.parse(text) as ServerFrame | ServerFrame[]].flat());
    wake();
  });
  socket.addEventListener('close', ({ code, reason }) => {
    test.closed = { code, reason };
    wake();
  });
  socket.accept();
  await test.until(isOp('hello'));
  return test;
}

export const isOp =
  <Op extends ServerFrame['op']>(op: Op) =>
  (frame: ServerFrame): frame is Extract<ServerFrame, { op: Op }> =>
    frame.op === op;

export const answerTo =
  (globalId: string) =>
  (frame: ServerFrame): frame is Extract<ServerFrame, { op: 'ack' | 'nack' }> =>
    (frame.op === 'ack' || frame.op === 'nack') && frame.global_id === globalId;

export const entries = (socket: TestSocket): number[] =>
  socket.frames.flatMap((frame) => (frame.op === 'message' ? [frame.message.message_id] : []));

export const textFrame = (content: string, after = 0, globalId = uuid()) =>
  ({ op: 'send', global_id: globalId, after_message_id: after, type: 'text', content }) as const;

/** One after the other, so that the object holds them in the order of the users. */
export async function openAll(room: Room): Promise<TestSocket[]> {
  const sockets: TestSocket[] = [];
  for (const user of room.users) sockets.push(await open(room, user));
  return sockets;
}

/** Says it and waits for the answer. */
export async function ask(
  socket: TestSocket,
  frame: { global_id: string; content?: string },
): Promise<Extract<ServerFrame, { op: 'ack' | 'nack' }>> {
  socket.say(frame);
  return socket.until(answerTo(frame.global_id));
}

/** The log as it stands, by the object's own sync. */
export async function logOf(
  room: Room,
  user = room.users[0]!,
): Promise<{ message_id: number; global_id: string; type: string; content: string }[]> {
  const page = await room.stub().sync(user, 0, 500);
  if (!page.ok) throw new Error(page.refusal.detail);
  return (JSON.parse(page.value) as { messages: { message_id: number; global_id: string; type: string; content: string }[] }).messages;
}

/** What the synchronous work costs in rows, statements and transactions, with no gathering under way; the sockets in the order of the users. */
export async function cost(room: Room, work: (instance: Conversation, sockets: WebSocket[]) => void): Promise<Usage> {
  return runInDurableObject(room.stub(), async (instance, state) => {
    await scheduler.wait(1);
    const before = { ...instance.db.usage };
    const userOf = (socket: WebSocket): string => (socket.deserializeAttachment() as { user_id: string }).user_id;
    work(
      instance,
      state.getWebSockets().toSorted((a, b) => room.users.indexOf(userOf(a)) - room.users.indexOf(userOf(b))),
    );
    const { usage } = instance.db;
    return Object.fromEntries(Object.entries(usage).map(([key, value]) => [key, value - before[key as keyof Usage]])) as unknown as Usage;
  });
}

/** Gives a conversation so many entries of a stranger, as if they had been there for long. */
export async function fill(room: Room, count: number): Promise<void> {
  await runInDurableObject(room.stub(), (_instance, state) => {
    state.storage.sql.exec(
      `INSERT INTO messages (message_id, global_id, sender_id, type, timestamp, countable_total, content)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       SELECT i, 'g' || i, 's', 'text', 0, i, 'x' || i FROM n`,
      count,
    );
    state.storage.sql.exec('UPDATE progress SET archived_to = ?', count);
  });
  await evictDurableObject(room.stub());
}
