/** Users in D1 and their inbox sockets, for tests of presence in workerd. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { vi } from 'vitest';
import type { UserInbox } from '../../../durable/user-inbox/object.ts';
import type { InboxServerFrame, PresenceFrame } from '../../../protocol/inbox.ts';
import { env, uuid } from '../conversation/room.ts';
import { inboxHeaders } from './proof.ts';

const inboxes = env.USER_INBOX as unknown as DurableObjectNamespace<UserInbox>;
export const inboxOf = (user: string): DurableObjectStub<UserInbox> => inboxes.get(inboxes.idFromName(user));

export async function makeUser(lastSeen = 'everyone'): Promise<string> {
  const id = uuid();
  await env.DB.prepare("INSERT INTO user (id, name, name_folded, createdAt, updatedAt, last_seen) VALUES (?1, 'N', 'n', '', '', ?2)")
    .bind(id, lastSeen)
    .run();
  return id;
}

/** As the conversations' projection would have it. */
export async function share(...users: string[]): Promise<void> {
  const id = uuid();
  const statement = env.DB.prepare('INSERT INTO conversation_members (user_id, conversation_id) VALUES (?1, ?2)');
  await env.DB.batch(users.map((user) => statement.bind(user, id)));
}

export async function makePair(): Promise<[ann: string, bob: string]> {
  const pair: [string, string] = [await makeUser(), await makeUser()];
  await share(...pair);
  return pair;
}

export interface InboxSocket {
  frames: InboxServerFrame[];
  pongs: number;
  say(frame: unknown): void;
  until(fits: () => boolean): Promise<void>;
  /** What it shows of somebody, once it does. */
  shows(user: string, state: object): Promise<void>;
  statuses(user: string): string[];
  close(): Promise<void>;
  closed: number | undefined;
}

export async function connect(user: string, device = uuid(), session = uuid()): Promise<InboxSocket> {
  const origin = { session_id: session, expires_at: Date.now() + 86_400_000, device_id: device };
  const request = new Request('https://inbox/socket?cursor=', { headers: inboxHeaders(origin) });
  const { webSocket } = await inboxOf(user).fetch(request);
  if (webSocket === null) throw new Error('no socket');
  const checks = new Set<() => void>();
  const wake = (): void => checks.forEach((check) => check());
  const of = (id: string) => socket.frames.filter((frame): frame is PresenceFrame => frame.op === 'presence' && frame.user_id === id);
  const socket: InboxSocket = {
    frames: [],
    pongs: 0,
    closed: undefined,
    say: (frame) => webSocket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    until: (fits) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!fits()) return;
          checks.delete(check);
          resolve();
        };
        checks.add(check);
        check();
      }),
    shows: async (id, state) => {
      await socket.until(() => JSON.stringify(of(id).at(-1)) === JSON.stringify({ op: 'presence', user_id: id, ...state }));
    },
    statuses: (id) => of(id).map(({ status }) => status),
    close: async () => {
      webSocket.close(1000, 'bye');
      await socket.until(() => socket.closed !== undefined);
    },
  };
  webSocket.addEventListener('message', ({ data }) => {
    if (data === 'pong') socket.pongs += 1;
    else socket.frames.push(JSON.parse(String(data)) as InboxServerFrame);
    wake();
  });
  webSocket.addEventListener('close', ({ code }) => {
    socket.closed = code;
    wake();
  });
  webSocket.accept();
  await socket.until(() => socket.frames.some(({ op }) => op === 'hello'));
  return socket;
}

export async function watch(watcher: InboxSocket, ...user_ids: string[]): Promise<void> {
  watcher.say({ op: 'watch', user_ids });
}

/** Every call that was under way between the objects has been answered. */
export async function answered(user: string): Promise<void> {
  await runInDurableObject(inboxOf(user), () => scheduler.wait(0));
}

export function clock(): { now(): number; forward(ms: number): void } {
  let ahead = 0;
  const real = Date.now.bind(Date);
  const now = (): number => real() + ahead;
  vi.spyOn(Date, 'now').mockImplementation(now);
  return { now, forward: (ms) => void (ahead += ms) };
}

export const alarmOf = (user: string) => runInDurableObject(inboxOf(user), (_object, state) => state.storage.getAlarm());
export const alarmsSet = (user: string) => runInDurableObject(inboxOf(user), (object) => object.db.usage.alarmsSet);
export const ring = (user: string) => runDurableObjectAlarm(inboxOf(user));
