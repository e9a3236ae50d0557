/** Inbox, settings, drafts and devices over HTTP, through the whole Worker to the real objects. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { UNCHOSEN } from '../../../protocol/reach.ts';
import { env as bound } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Conversation, ConversationRow } from '../../../protocol/conversations.ts';
import type { DeviceList } from '../../../protocol/devices.ts';
import type { InboxPage, InboxServerFrame } from '../../../protocol/inbox.ts';
import { app } from '../../../src/app.ts';
import type { Env } from '../../../src/env.ts';
import { ORIGIN, call, inboxesOf, problemOf, signUp, testEnv, type Person } from '../accounts/support.ts';

const env = bound as unknown as Env;
const uuid = (): string => crypto.randomUUID();
const as =
  (person: Pick<Person, 'token'>, bindings = env) =>
  (method: string, path: string, body?: unknown) =>
    call(bindings, `/v1${path}`, { method, token: person.token, ...(body === undefined ? {} : { body }) });

async function pair() {
  const [ann, bob] = [await signUp(env), await signUp(env)];
  const opened = await as(ann)('POST', '/conversations', { kind: 'direct', user_id: bob.user_id });
  return { ann, bob, id: (await opened.json<Conversation>()).conversation_id };
}

const say = (content: string) => ({ global_id: uuid(), type: 'text', content });

/** Opens a socket through the Worker; its frames are kept. */
async function upgrade(person: Person, path: string): Promise<{ frames: InboxServerFrame[]; closed: Promise<number>; isOpen(): boolean }> {
  const context = createExecutionContext();
  const headers = { upgrade: 'websocket', authorization: `Bearer ${person.token}` };
  const response = await app.fetch(new Request(`${ORIGIN}/v1${path}`, { headers }), env, context);
  await waitOnExecutionContext(context);
  const socket = response.webSocket;
  if (socket === null) throw new Error(`no socket: ${response.status}`);
  const frames: InboxServerFrame[] = [];
  socket.addEventListener('message', ({ data }) => void frames.push(JSON.parse(String(data)) as InboxServerFrame));
  const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)));
  socket.accept();
  return { frames, closed, isOpen: () => socket.readyState === WebSocket.OPEN };
}

const devicesOf = async (person: Person) => (await (await as(person)('GET', '/devices')).json<DeviceList>()).devices;

describe('the inbox by HTTP', () => {
  it('answers what moved since a cursor, unread counted, and refuses a cursor that is not ours', async () => {
    const { ann, bob, id } = await pair();
    for (const text of ['one', 'two']) expect((await as(ann)('POST', `/conversations/${id}/messages`, say(text))).status).toBe(201);
    await as(bob)('PATCH', `/conversations/${id}/settings`, { pinned: true });
    const first = await (await as(bob)('GET', '/inbox')).json<InboxPage>();
    expect(first).toMatchObject({ conversations: [{ conversation_id: id, unread_count: 2, pinned: true }], removed: [], has_more: false });
    const again = await (await as(bob)('GET', `/inbox?cursor=${first.cursor}`)).json<InboxPage>();
    expect(again).toEqual({ conversations: [], removed: [], cursor: first.cursor, has_more: false });
    expect((await as(bob)('GET', '/inbox?cursor=9999')).status).toBe(400);
    expect((await as(bob)('GET', '/inbox?cursor=nonsense')).status).toBe(400);
  });

  it('a socket comes through the Worker, and only as a WebSocket', async () => {
    const { ann, bob, id } = await pair();
    const socket = await upgrade(bob, `/inbox/socket?device_id=${uuid()}`);
    await as(ann)('POST', `/conversations/${id}/messages`, say('hi'));
    await as(bob)('PATCH', `/conversations/${id}/settings`, { archived: true });
    expect(socket.frames[0]).toMatchObject({ op: 'hello' });
    expect((await as(bob)('GET', `/inbox/socket?device_id=${uuid()}`)).status).toBe(400);
    expect((await call(env, `/v1/inbox/socket?device_id=${uuid()}`, { headers: { upgrade: 'websocket' } })).status).toBe(401);
    expect((await call(env, '/v1/inbox/socket?device_id=x', { headers: { upgrade: 'websocket' } })).status).toBe(400);
  });
});

describe('settings and drafts', () => {
  it('are one’s own, and stay', async () => {
    const { ann, bob, id } = await pair();
    const muted = await as(bob)('PATCH', `/conversations/${id}/settings`, { muted_until: 9_000_000_000_000 });
    expect(await muted.json<ConversationRow>()).toMatchObject({ conversation_id: id, muted_until: 9_000_000_000_000, pinned: false });
    const draft = { content: 'so far', edited_at: 5 };
    expect(await (await as(bob)('PUT', `/conversations/${id}/draft`, draft)).json()).toEqual(draft);
    expect(await (await as(bob)('PUT', `/conversations/${id}/draft`, { content: 'older', edited_at: 4 })).json()).toEqual(draft);
    const { conversations } = await (await as(bob)('GET', '/inbox')).json<InboxPage>();
    expect(conversations).toMatchObject([{ muted_until: 9_000_000_000_000, draft: 'so far' }]);
    const others = await (await as(ann)('PATCH', `/conversations/${id}/settings`, { pinned: true })).json<ConversationRow>();
    expect(others).toMatchObject({ muted_until: null, pinned: true });
    expect(others.draft).toBeUndefined();
  });

  it('[P10] are refused when they say nothing, nonsense or too much, and [P8] to strangers', async () => {
    const { bob, id } = await pair();
    const eve = await signUp(env);
    const [settings, draft] = [`/conversations/${id}/settings`, `/conversations/${id}/draft`];
    const status = async (person: Person, method: string, path: string, body: unknown) => (await as(person)(method, path, body)).status;
    expect(await status(bob, 'PATCH', settings, {})).toBe(400);
    expect(await status(bob, 'PATCH', settings, { pinned: 'yes' })).toBe(400);
    expect(await status(bob, 'PATCH', settings, { muted_until: -1 })).toBe(400);
    expect(await status(bob, 'PUT', draft, { content: 'x' })).toBe(400);
    expect(await status(bob, 'PUT', draft, { content: '\ud800', edited_at: 1 })).toBe(400);
    expect(await status(bob, 'PUT', draft, { content: 'x'.repeat(16_385), edited_at: 1 })).toBe(413);
    expect(await status(eve, 'PATCH', settings, { pinned: true })).toBe(404);
    expect(await status(eve, 'PUT', draft, { content: 'x', edited_at: 1 })).toBe(404);
    expect(await status(bob, 'PATCH', `/conversations/${uuid()}/settings`, { pinned: true })).toBe(404);
  });
});

describe('devices', () => {
  const fcm = { kind: 'fcm', token: 'a token' };

  it('register by opening a socket, or by name; an address shows its kind and never itself', async () => {
    const { bob, id } = await pair();
    const [one, two, three] = [uuid(), uuid(), uuid()];
    await upgrade(bob, `/inbox/socket?device_id=${one}`);
    await upgrade(bob, `/conversations/${id}/socket?device_id=${two}`);
    expect((await as(bob)('PUT', `/devices/${three}`, { name: 'Phone', platform: 'ios' })).status).toBe(200);
    expect((await as(bob)('PUT', `/devices/${three}/push`, fcm)).status).toBe(200);
    const list = await devicesOf(bob);
    expect(list.map(({ device_id }) => device_id).toSorted()).toEqual([one, two, three].toSorted());
    expect(list.find(({ device_id }) => device_id === three)).toMatchObject({ name: 'Phone', platform: 'ios', push: 'fcm', current: true });
    expect(JSON.stringify(list)).not.toContain('a token');
    expect((await as(bob)('DELETE', `/devices/${three}/push`)).status).toBe(200);
    expect((await devicesOf(bob)).every(({ push }) => push === null)).toBe(true);
    expect((await as(bob)('PUT', `/devices/${uuid()}/push`, fcm)).status).toBe(200);
  });

  it('[P8] deleting one ends the session that last used it: tokens, sockets here and in conversations', async () => {
    const { bob, id } = await pair();
    const signedIn = await call(env, '/v1/auth/sign-in/email', { body: { email: bob.email, password: bob.password } });
    const lost: Person = { ...bob, token: signedIn.headers.get('set-auth-token') ?? '' };
    const phone = uuid();
    const [inbox, chat] = [
      await upgrade(lost, `/inbox/socket?device_id=${phone}`),
      await upgrade(lost, `/conversations/${id}/socket?device_id=${phone}`),
    ];
    const laptop = await upgrade(bob, `/inbox/socket?device_id=${uuid()}`);
    expect((await as(lost)('GET', '/me')).status).toBe(200);
    expect((await as(bob)('DELETE', `/devices/${phone}`)).status).toBe(204);
    expect([await inbox.closed, await chat.closed]).toEqual([4401, 4401]);
    expect((await as(lost)('POST', '/tickets')).status).toBe(401);
    expect((await as(bob)('POST', '/tickets')).status).toBe(200);
    expect(await env.USER_INBOX.get(env.USER_INBOX.idFromName(bob.user_id)).listSessions()).toHaveLength(1);
    expect((await as(bob)('DELETE', `/devices/${phone}`)).status).toBe(404);
    expect(laptop.isOpen()).toBe(true);
  });

  it('[P8] deleting one closes the conversation sockets it opened under an earlier session too', async () => {
    const { bob, id } = await pair();
    const signedIn = await call(env, '/v1/auth/sign-in/email', { body: { email: bob.email, password: bob.password } });
    const renewed: Person = { ...bob, token: signedIn.headers.get('set-auth-token') ?? '' };
    const phone = uuid();
    const before = await upgrade(bob, `/conversations/${id}/socket?device_id=${phone}`);
    await upgrade(renewed, `/inbox/socket?device_id=${phone}`);
    const laptop = await upgrade(bob, `/conversations/${id}/socket?device_id=${uuid()}`);
    expect((await as(bob)('DELETE', `/devices/${phone}`)).status).toBe(204);
    expect([await before.closed, laptop.isOpen()]).toEqual([4401, true]);
  });

  it('sign-out forgets where the session’s notifications went', async () => {
    const bob = await signUp(env);
    const device = uuid();
    await as(bob)('PUT', `/devices/${device}/push`, fcm);
    const again = await call(env, '/v1/auth/sign-in/email', { body: { email: bob.email, password: bob.password } });
    expect((await as(bob)('POST', '/auth/sign-out')).status).toBe(200);
    const back: Person = { ...bob, token: again.headers.get('set-auth-token') ?? '' };
    expect(await devicesOf(back)).toMatchObject([{ device_id: device, push: null, current: false }]);
  });

  it('[P10] with bad names, platforms and addresses are refused; unknown ones are not found', async () => {
    const bob = await signUp(env);
    const cases: [string, string, unknown, number][] = [
      ['PUT', `/devices/x`, { name: 'n', platform: 'web' }, 400],
      ['PUT', `/devices/${uuid()}`, { name: ' ', platform: 'web' }, 400],
      ['PUT', `/devices/${uuid()}`, { name: 'x'.repeat(101), platform: 'web' }, 400],
      ['PUT', `/devices/${uuid()}`, { name: 'n', platform: 'x'.repeat(33) }, 400],
      ['PUT', `/devices/${uuid()}/push`, { kind: 'pigeon' }, 400],
      ['PUT', `/devices/${uuid()}/push`, { kind: 'fcm', token: '' }, 400],
      ['PUT', `/devices/${uuid()}/push`, { kind: 'web', subscription: { endpoint: 'http://x.example', keys: {} } }, 400],
      ['DELETE', `/devices/${uuid()}`, undefined, 404],
      ['DELETE', `/devices/${uuid()}/push`, undefined, 404],
    ];
    for (const [method, path, body, status] of cases) {
      expect((await as(bob)(method, path, body)).status, `${method} ${JSON.stringify(body)}`).toBe(status);
    }
    expect(await devicesOf(bob)).toEqual([]);
  });
});

describe('what concerns privacy', () => {
  it('is told to the user’s object; when it cannot be told, blocks and contacts too, the answer is 503 and repeating is harmless', async () => {
    const { env: noting, calls } = testEnv();
    const [ann, bob] = [await signUp(noting), await signUp(noting)];
    expect((await as(ann, noting)('PATCH', '/me', { name: 'Anna' })).status).toBe(200);
    expect(calls.setPrivacy).toEqual([]);
    expect((await as(ann, noting)('PATCH', '/me', { privacy: { read_receipts: false } })).status).toBe(200);
    expect(calls.setPrivacy).toEqual([[ann.user_id, { ...UNCHOSEN, read_receipts: false }]]);
    const down = () => Promise.reject(new Error('down'));
    const failing = { ...noting, USER_INBOX: inboxesOf(() => ({ setPrivacy: down, setBlocked: down, setContact: down })) };
    for (const [method, path, body] of [
      ['PATCH', '/me', { privacy: { last_seen: 'nobody' } }],
      ['PUT', `/blocks/${bob.user_id}`, undefined],
      ['DELETE', `/contacts/${bob.user_id}`, undefined],
    ] as const) {
      const refused = await as(ann, failing)(method, path, body);
      expect([refused.status, (await problemOf(refused)).code]).toEqual([503, 'unavailable']);
    }
  });
});
