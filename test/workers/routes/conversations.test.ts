/** Conversations and messages over HTTP, through the whole Worker to the real objects. */
import { env as bound } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Conversation, ConversationList, HistoryPage, MessagePage } from '../../../protocol/conversations.ts';
import type { Env } from '../../../src/env.ts';
import { call, problemOf, signUp, watchDatabase, type Person } from '../accounts/support.ts';

const env = bound as unknown as Env;
const uuid = (): string => crypto.randomUUID();
const as =
  (person: Person, bindings = env) =>
  (method: string, path: string, body?: unknown) =>
    call(bindings, `/v1${path}`, { method, token: person.token, ...(body === undefined ? {} : { body }) });

async function pair() {
  const [ann, bob] = [await signUp(env), await signUp(env)];
  const opened = await as(ann)('POST', '/conversations', { kind: 'direct', user_id: bob.user_id });
  return { ann, bob, id: (await opened.json<Conversation>()).conversation_id };
}

const say = (content: string, more = {}) => ({ global_id: uuid(), type: 'text', content, ...more });

describe('opening conversations', () => {
  it('a direct one is 201 once and 200 ever after, the same id for both', async () => {
    const [ann, bob] = [await signUp(env), await signUp(env)];
    const first = await as(ann)('POST', '/conversations', { kind: 'direct', user_id: bob.user_id });
    const second = await as(bob)('POST', '/conversations', { kind: 'direct', user_id: ann.user_id });
    expect([first.status, second.status]).toEqual([201, 200]);
    const [one, two] = [await first.json<Conversation>(), await second.json<Conversation>()];
    expect(one).toMatchObject({ kind: 'direct', title: null, last_message_id: 0, role: 'member' });
    expect(two.conversation_id).toBe(one.conversation_id);
    expect(one.members.map((member) => member.user_id).toSorted()).toEqual([ann.user_id, bob.user_id].toSorted());
  });

  it('with oneself, with nobody, with strangers and with too many is refused', async () => {
    const [ann, bob] = [await signUp(env), await signUp(env)];
    const many = Array.from({ length: 100 }, uuid);
    const cases: [unknown, number, string][] = [
      [{ kind: 'direct', user_id: ann.user_id }, 400, 'bad_request'],
      [{ kind: 'direct', user_id: uuid() }, 404, 'not_found'],
      [{ kind: 'group', title: 'G', member_ids: [ann.user_id] }, 400, 'bad_request'],
      [{ kind: 'group', title: 'G', member_ids: [] }, 400, 'bad_request'],
      [{ kind: 'group', title: '  ', member_ids: [bob.user_id] }, 400, 'bad_request'],
      [{ kind: 'group', title: 'x'.repeat(201), member_ids: [bob.user_id] }, 400, 'bad_request'],
      [{ kind: 'group', title: 'G', member_ids: [bob.user_id, uuid()] }, 404, 'not_found'],
      [{ kind: 'group', title: 'G', member_ids: many }, 409, 'conflict'],
      [{ kind: 'secret', member_ids: [bob.user_id] }, 400, 'bad_request'],
    ];
    for (const [body, status, code] of cases) {
      const response = await as(ann)('POST', '/conversations', body);
      expect([response.status, (await problemOf(response)).code], JSON.stringify(body).slice(0, 80)).toEqual([status, code]);
    }
  });

  it('a blocked user cannot open one, nor write in one that is there; the other still may', async () => {
    const { ann, bob, id } = await pair();
    const [cy] = [await signUp(env)];
    expect((await as(ann)('PUT', `/blocks/${cy.user_id}`)).status).toBe(200);
    expect((await as(cy)('POST', '/conversations', { kind: 'direct', user_id: ann.user_id })).status).toBe(403);
    expect((await as(ann)('PUT', `/blocks/${bob.user_id}`)).status).toBe(200);
    expect((await as(bob)('POST', `/conversations/${id}/messages`, say('hello?'))).status).toBe(403);
    expect((await as(bob)('GET', `/conversations/${id}/messages`)).status).toBe(200);
    expect((await as(ann)('POST', `/conversations/${id}/messages`, say('still here'))).status).toBe(201);
    expect((await as(ann)('DELETE', `/blocks/${bob.user_id}`)).status).toBe(204);
    expect((await as(bob)('POST', `/conversations/${id}/messages`, say('hello!'))).status).toBe(201);
    // Blocked first, opened later by the one who blocked: the flag is there from the start.
    const late = await (await as(ann)('POST', '/conversations', { kind: 'direct', user_id: cy.user_id })).json<Conversation>();
    expect((await as(cy)('POST', `/conversations/${late.conversation_id}/messages`, say('ha'))).status).toBe(403);
  });

  it('members are added, given roles, removed, and leave', async () => {
    const [owner, bob, cy] = [await signUp(env), await signUp(env), await signUp(env)];
    const made = await as(owner)('POST', '/conversations', {
      kind: 'group',
      title: 'Tea',
      member_ids: [bob.user_id, bob.user_id, owner.user_id],
    });
    expect(made.status).toBe(201);
    const { conversation_id: id, members } = await made.json<Conversation>();
    expect(members.map(({ role }) => role)).toEqual(['owner', 'member']);
    const path = (person: Person) => `/conversations/${id}/members/${person.user_id}`;
    expect((await as(bob)('PUT', path(cy))).status).toBe(403);
    expect((await as(owner)('PUT', path(cy))).status).toBe(200);
    // What comes through a server has a body, with nothing in it.
    expect((await as(owner)('PUT', path(cy), '')).status).toBe(200);
    expect((await as(owner)('PUT', path(cy), { role: 'admin' })).status).toBe(200);
    expect((await as(owner)('PUT', `/conversations/${id}/members/${uuid()}`)).status).toBe(404);
    expect((await as(owner)('PUT', path(cy), { role: 'king' })).status).toBe(400);
    expect((await as(cy)('PATCH', `/conversations/${id}`, { title: 'Coffee' })).status).toBe(200);
    expect((await as(cy)('DELETE', path(owner))).status).toBe(403);
    expect((await as(cy)('DELETE', path(bob))).status).toBe(204);
    expect((await as(bob)('GET', `/conversations/${id}`)).status).toBe(404);
    expect((await as(owner)('DELETE', path(owner))).status).toBe(204);
    const left = await (await as(cy)('GET', `/conversations/${id}`)).json<Conversation>();
    expect(left).toMatchObject({ title: 'Coffee', role: 'owner', members: [{ user_id: cy.user_id }] });
  });
});

describe('messages', () => {
  it('[P3] a send is 201 once and 200 when repeated, with the same answer', async () => {
    const { ann, id } = await pair();
    const body = say('once');
    const first = await as(ann)('POST', `/conversations/${id}/messages`, body);
    const again = await as(ann)('POST', `/conversations/${id}/messages`, body);
    expect([first.status, again.status]).toEqual([201, 200]);
    const stored = await first.json();
    expect(stored).toEqual({ global_id: body.global_id, message_id: 1, timestamp: expect.any(Number) });
    expect(await again.json()).toEqual(stored);
    expect((await as(ann)('POST', `/conversations/${id}/messages`, { ...body, type: 'encrypted' })).status).toBe(409);
  });

  it('history is newest first and materialised; sync is oldest first with the changes', async () => {
    const { ann, bob, id } = await pair();
    const path = `/conversations/${id}/messages`;
    for (const content of ['one', 'two', 'three']) await as(ann)('POST', path, say(content));
    expect((await as(ann)('PATCH', `${path}/1`, { global_id: uuid(), content: 'ONE' })).status).toBe(201);
    expect((await as(bob)('PATCH', `${path}/1`, { global_id: uuid(), content: 'mine' })).status).toBe(403);
    expect((await as(bob)('PUT', `${path}/1/reactions/${encodeURIComponent('👍')}`)).status).toBe(201);
    expect((await as(bob)('PUT', `${path}/1/reactions/${encodeURIComponent('👍')}`)).status).toBe(200);
    expect((await as(ann)('DELETE', `${path}/2`)).status).toBe(201);
    expect((await as(ann)('DELETE', `${path}/2`)).status).toBe(200);
    expect((await as(bob)('DELETE', `${path}/3`)).status).toBe(403);
    expect((await as(ann)('PATCH', `${path}/2`, { content: 'back?' })).status).toBe(410);
    expect((await as(ann)('PATCH', `${path}/99`, { content: 'who?' })).status).toBe(404);
    const history = await (await as(bob)('GET', path)).json<HistoryPage>();
    expect(history).toMatchObject({
      has_more: false,
      from_message_id: 1,
      messages: [
        { message_id: 3, content: 'three' },
        { message_id: 2, content: '', type: 'text', deleted: true, changed_by: 6 },
        { message_id: 1, content: 'ONE', changed_by: 5, edited_by: 4, reactions: [{ emoji: '👍', count: 1, user_ids: [bob.user_id] }] },
      ],
    });
    expect(history.messages).toHaveLength(3);
    const sync = await (await as(bob)('GET', `/messages/sync?conversation_id=${id}&after_message_id=3&limit=2`)).json<MessagePage>();
    expect(sync).toMatchObject({
      has_more: true,
      messages: [
        { message_id: 4, type: 'edit', target: 1 },
        { message_id: 5, type: 'reaction', target: 1, content: '👍', on: true },
      ],
    });
    const pages = [
      await (await as(bob)('GET', `${path}?limit=1`)).json<HistoryPage>(),
      await (await as(bob)('GET', `${path}?limit=2&around=2`)).json<HistoryPage>(),
      await (await as(bob)('GET', `${path}?limit=1&around=2`)).json<HistoryPage>(),
    ];
    expect(pages.map(({ messages, has_more }) => [messages.map((message) => message.message_id), has_more])).toEqual([
      [[3], true],
      [[2, 1], false],
      [[2], true],
    ]);
  });

  it('[P10] replies and mentions are checked, and nothing is stored when they are wrong', async () => {
    const { ann, bob, id } = await pair();
    const path = `/conversations/${id}/messages`;
    const cases = [
      { reply_to: 1 },
      { mentions: [uuid()] },
      { attachments: [{ media_id: uuid() }] },
      { type: 'edit' },
      { content: '' },
      { content: '\ud800' },
      { global_id: 'X' },
    ];
    for (const wrong of cases) expect((await as(ann)('POST', path, say('hm', wrong))).status, JSON.stringify(wrong)).toBe(400);
    expect((await as(ann)('POST', path, say('x'.repeat(16_385)))).status).toBe(413);
    expect(await (await as(ann)('GET', path)).json()).toEqual({ messages: [], has_more: false, from_message_id: 1 });
    expect((await as(ann)('POST', path, say('hi', { mentions: [bob.user_id] }))).status).toBe(201);
    expect((await as(bob)('POST', path, say('re', { reply_to: 1, unknown_field: true }))).status).toBe(201);
  });

  it('[P8] everything answers 404 to a stranger, as for a conversation that does not exist', async () => {
    const { id } = await pair();
    const eve = await signUp(env);
    const real = await Promise.all(requestsTo(id).map(([method, path, body]) => as(eve)(method, path, body)));
    const ghost = await Promise.all(requestsTo(uuid()).map(([method, path, body]) => as(eve)(method, path, body)));
    expect(real.map(({ status }) => status)).toEqual(real.map(() => 404));
    expect(await Promise.all(real.map(problemOf))).toEqual(await Promise.all(ghost.map(problemOf)));
  });

  it('reading and writing in a conversation that exists never asks D1 once the session is known', async () => {
    const watched = watchDatabase(env.DB);
    const bindings = { ...env, DB: watched.db };
    const { ann, bob, id } = await pair();
    await as(ann, bindings)('GET', '/me');
    watched.fail(true);
    const before = watched.statements.length;
    expect((await as(ann, bindings)('POST', `/conversations/${id}/messages`, say('D1 is down'))).status).toBe(201);
    expect((await as(ann, bindings)('GET', `/conversations/${id}/messages`)).status).toBe(200);
    expect((await as(ann, bindings)('GET', '/conversations')).status).toBe(200);
    expect((await as(ann, bindings)('POST', '/conversations', { kind: 'direct', user_id: bob.user_id })).status).toBe(200);
    expect(watched.statements.slice(before)).toEqual([]);
    expect((await as(ann, bindings)('POST', '/conversations', { kind: 'direct', user_id: uuid() })).status).toBe(503);
  });
});

describe('the list', () => {
  it('pages by an opaque cursor, newest activity first', async () => {
    const ann = await signUp(env);
    const others = [await signUp(env), await signUp(env), await signUp(env)];
    const ids: string[] = [];
    for (const other of others) {
      const opened = await as(ann)('POST', '/conversations', { kind: 'direct', user_id: other.user_id });
      ids.push((await opened.json<Conversation>()).conversation_id);
      await listed(ann, ids.length);
    }
    const pages: string[][] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: ConversationList = await (
        await as(ann)('GET', `/conversations?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
      ).json();
      pages.push(page.conversations.map((row) => row.conversation_id));
      expect(page.has_more).toBe(page.cursor !== null);
      cursor = page.cursor;
    }
    expect(pages).toEqual([[ids[2], ids[1]], [ids[0]]]);
    expect((await as(ann)('GET', '/conversations?cursor=nonsense')).status).toBe(400);
  });
});

async function listed(person: Person, count: number): Promise<void> {
  for (;;) {
    const page: ConversationList = await (await as(person)('GET', '/conversations')).json();
    if (page.conversations.length >= count) return;
    await scheduler.wait(5);
  }
}

function requestsTo(id: string): [string, string, unknown?][] {
  return [
    ['GET', `/conversations/${id}`],
    ['PATCH', `/conversations/${id}`, { title: 'T' }],
    ['PUT', `/conversations/${id}/members/${uuid()}`],
    ['DELETE', `/conversations/${id}/members/${uuid()}`],
    ['PUT', `/conversations/${id}/read`, { message_id: 1 }],
    ['GET', `/conversations/${id}/messages`],
    ['GET', `/messages/sync?conversation_id=${id}`],
    ['POST', `/conversations/${id}/messages`, say('let me in')],
    ['PATCH', `/conversations/${id}/messages/1`, { content: 'x' }],
    ['DELETE', `/conversations/${id}/messages/1`],
    ['PUT', `/conversations/${id}/messages/1/reactions/x`],
  ];
}
