/** Who may reach whom when everybody may write to everybody, over the whole Worker: relation × action, and what a day allows. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env as bound } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { UserInbox } from '../../../durable/user-inbox/object.ts';
import type { Conversation } from '../../../protocol/conversations.ts';
import type { Problem } from '../../../protocol/errors.ts';
import { FIRST_MESSAGES_PER_DAY, NEW_BY_STRANGERS_PER_DAY, NEW_GROUPS_PER_DAY } from '../../../protocol/limits.ts';
import type { Env } from '../../../src/env.ts';
import { call, signUp, type Person } from '../accounts/support.ts';

afterEach(() => vi.restoreAllMocks());

const env = bound as unknown as Env;
const inboxes = env.USER_INBOX as unknown as DurableObjectNamespace<UserInbox>;
const inbox = ({ user_id }: Person) => inboxes.get(inboxes.idFromName(user_id));
const ask = (who: Person, method: string, path: string, body?: unknown, world = env) =>
  call(world, `/v1${path}`, { method, token: who.token, ...(body === undefined ? {} : { body }) });
const openDirect = (from: Person, to: Person, world = env) =>
  ask(from, 'POST', '/conversations', { kind: 'direct', user_id: to.user_id }, world);
const makeGroup = (from: Person, others: readonly Person[], more = {}, world = env) =>
  ask(from, 'POST', '/conversations', { kind: 'group', title: 'Tea', member_ids: others.map(({ user_id }) => user_id), ...more }, world);
const text = () => ({ global_id: crypto.randomUUID(), type: 'text', content: 'hello' });
const problem = async (response: Response): Promise<unknown> => {
  const { code, reason, retry_after } = await response.json<Problem>();
  return { status: response.status, code, reason, waits: retry_after !== undefined };
};
const QUOTA = { status: 429, code: 'rate_limited', reason: 'quota', waits: true };
const NOT_ACCEPTING = { status: 403, code: 'forbidden', reason: 'not_accepting', waits: false };

/** What Ann is to Bob, and what comes of what she does: open, send, a group with him, add him, add him to what he has left. */
const TABLE = {
  contact: { open: 201, send: 201, group: 'member', add: 200, again: 202 },
  known: { open: 200, send: 201, group: 'member', add: 200, again: 202 },
  stranger: { open: 201, send: 201, group: 'member', add: 200, again: 202 },
  blocked: { open: 403, send: null, group: 'invited', add: 202, again: 202 },
  blocker: { open: 201, send: null, group: 'invited', add: 202, again: 202 },
  'blocked and known': { open: 200, send: 403, group: 'invited', add: 202, again: 202 },
} as const;
type Relation = keyof typeof TABLE;

async function related(relation: Relation): Promise<[Person, Person, Person]> {
  const [ann, bob, cy] = [await signUp(env), await signUp(env), await signUp(env)];
  if (relation === 'contact') await ask(bob, 'PUT', `/contacts/${ann.user_id}`);
  if (relation.endsWith('known')) await openDirect(bob, ann);
  if (relation.startsWith('blocked')) expect((await ask(bob, 'PUT', `/blocks/${ann.user_id}`)).status).toBe(200);
  if (relation === 'blocker') expect((await ask(ann, 'PUT', `/blocks/${bob.user_id}`)).status).toBe(200);
  return [ann, bob, cy];
}

describe('[A4] [A12] under the policy `open`, what comes of what is done by', () => {
  it.each(Object.keys(TABLE) as Relation[])('one who is: %s', async (relation) => {
    const [ann, bob, cy] = await related(relation);
    const row = TABLE[relation];
    const opened = await openDirect(ann, bob);
    expect(opened.status).toBe(row.open);
    if (row.send !== null) {
      const { conversation_id } = await opened.json<Conversation>();
      expect((await ask(ann, 'POST', `/conversations/${conversation_id}/messages`, text())).status).toBe(row.send);
    }
    const made = await (await makeGroup(ann, [bob, cy])).json<Conversation>();
    const isMember = made.members.some(({ user_id }) => user_id === bob.user_id);
    expect([isMember ? 'member' : 'invited', made.invited]).toEqual([row.group, isMember ? [] : [bob.user_id]]);
    const { conversation_id: id } = await (await makeGroup(ann, [cy])).json<Conversation>();
    const add = () => ask(ann, 'PUT', `/conversations/${id}/members/${bob.user_id}`);
    const added = await add();
    expect(added.status).toBe(row.add);
    expect(row.add === 202 ? await added.json() : null).toEqual(row.add === 202 ? { status: 'invited' } : null);
    // A third person may have both, and whoever is in a group stays there.
    if (row.add === 200) await ask(bob, 'DELETE', `/conversations/${id}/members/${bob.user_id}`);
    expect((await add()).status).toBe(row.again);
    const { invited } = await (await ask(ann, 'GET', `/conversations/${id}`)).json<Conversation>();
    expect(invited).toEqual([bob.user_id]);
    const joined = await ask(bob, 'PUT', `/conversations/${id}/membership`);
    expect(joined.status).toBe(row.add === 200 ? 200 : 404);
    if (row.add !== 200) return;
    expect((await joined.json<Conversation>()).invited).toEqual([]);
    // Taken out by another, and no longer one who has left, they come back as ever.
    await ask(ann, 'DELETE', `/conversations/${id}/members/${bob.user_id}`);
    expect((await add()).status).toBe(200);
  });
});

describe('[A4] what a day allows', () => {
  const use = (who: Person, ...names: string[]) =>
    runInDurableObject(inbox(who), (_object, { storage }) => {
      for (const name of names) storage.sql.exec('INSERT OR REPLACE INTO quotas (name, tokens, at) VALUES (?, 0, ?)', name, Date.now());
    });

  it('the group after the fiftieth is refused, through a restart too; one that exists, and one refused, cost nothing', async () => {
    const [ann, bob] = [await signUp(env), await signUp(env)];
    const global_id = crypto.randomUUID();
    expect((await makeGroup(ann, [bob], { global_id })).status).toBe(201);
    for (let made = 1; made < NEW_GROUPS_PER_DAY; made++) expect((await makeGroup(ann, [bob])).status).toBe(201);
    expect(await problem(await makeGroup(ann, [bob]))).toEqual(QUOTA);
    await evictDurableObject(inbox(ann));
    expect(await problem(await makeGroup(ann, [bob]))).toEqual(QUOTA);
    expect((await makeGroup(ann, [bob], { global_id })).status).toBe(200);
    const off = { ...env, REACH_LIMITS: 'off' };
    expect((await makeGroup(ann, [bob], {}, off)).status).toBe(201);
  }, 60_000);

  it('a direct conversation that is refused costs nothing, nor does one that exists', async () => {
    const [ann, bob, cy] = [await signUp(env), await signUp(env), await signUp(env)];
    expect((await ask(bob, 'PUT', `/blocks/${ann.user_id}`)).status).toBe(200);
    expect((await openDirect(ann, cy)).status).toBe(201);
    const left = () =>
      runInDurableObject(inbox(ann), (_object, { storage }) =>
        Math.round(storage.sql.exec<{ tokens: number }>(`SELECT tokens FROM quotas WHERE name = 'first_messages'`).one().tokens),
      );
    for (let times = 0; times < 3; times++) {
      expect((await openDirect(ann, bob)).status).toBe(403);
      expect((await openDirect(ann, cy)).status).toBe(200);
    }
    await expect.poll(left).toBe(FIRST_MESSAGES_PER_DAY - 1);
    // Its row comes by the conversation's own way.
    const rows = () =>
      runInDurableObject(inbox(ann), (_o, { storage }) => storage.sql.exec('SELECT 1 FROM conversations').toArray().length);
    await expect.poll(rows).toBe(1);
    await use(ann, 'first_messages', 'strangers_added');
    const dee = await signUp(env);
    expect(await problem(await openDirect(ann, dee))).toEqual(QUOTA);
    expect(await problem(await makeGroup(ann, [dee]))).toEqual(QUOTA);
    expect((await makeGroup(ann, [cy])).status, 'a partner is no stranger').toBe(201);
  });

  it('whom strangers have reached a hundred times is left out of their groups, and takes no direct conversation', async () => {
    const [ann, bob, cy] = [await signUp(env), await signUp(env), await signUp(env)];
    expect((await makeGroup(cy, [bob])).status).toBe(201);
    await runInDurableObject(inbox(bob), (_object, { storage }) => {
      const { tokens } = storage.sql.exec<{ tokens: number }>(`SELECT tokens FROM quotas WHERE name = 'new_by_strangers'`).one();
      expect(tokens).toBe(NEW_BY_STRANGERS_PER_DAY - 1);
    });
    await use(bob, 'new_by_strangers');
    expect(await problem(await openDirect(ann, bob))).toEqual(NOT_ACCEPTING);
    const { members, invited } = await (await makeGroup(ann, [bob, cy])).json<Conversation>();
    expect([members.map(({ user_id }) => user_id), invited]).toEqual([[ann.user_id, cy.user_id], [bob.user_id]]);
    await ask(bob, 'PUT', `/contacts/${ann.user_id}`);
    expect((await openDirect(ann, bob)).status).toBe(201);
  });
});

describe('[A4] a group of a hundred', () => {
  it('asks each once, and all are members when it is answered', async () => {
    const ann = await signUp(env);
    const now = new Date().toISOString();
    const ids = Array.from({ length: 99 }, () => crypto.randomUUID());
    await env.DB.batch(
      ids.map((id) =>
        env.DB.prepare(`INSERT INTO user (id, name, name_folded, createdAt, updatedAt) VALUES (?1, 'Bea', 'bea', ?2, ?2)`).bind(id, now),
      ),
    );
    const asked = { mayAdd: vi.spyOn(UserInbox.prototype, 'mayAdd'), mayBeAdded: vi.spyOn(UserInbox.prototype, 'mayBeAdded') };
    const response = await ask(ann, 'POST', '/conversations', { kind: 'group', title: 'All', member_ids: ids });
    const { members, invited } = await response.json<Conversation>();
    expect([response.status, members.length, invited]).toEqual([201, 100, []]);
    expect([asked.mayAdd.mock.calls.length, asked.mayBeAdded.mock.calls.length]).toEqual([1, 99]);
  });
});
