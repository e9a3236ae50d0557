/** Profiles, looking people up, contacts, blocks, tickets. */
import { describe, expect, it } from 'vitest';
import type { BlockList, ContactList, OwnProfile, UserList } from '../../../protocol/accounts.ts';
import { peopleToAdd } from '../../../store/accounts.ts';
import { call, problemOf, signUp, testEnv, watchDatabase, wholeEnv } from './support.ts';

const NOBODY = '00000000-0000-4000-8000-000000000000';

describe('the own profile', () => {
  it('changes in what is named, and keeps the rest', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const patch = async (body: unknown) => (await call(env, '/v1/me', { method: 'PATCH', body, token: ann.token })).json<OwnProfile>();
    const before = await (await call(env, '/v1/me', { token: ann.token })).json<OwnProfile>();
    expect(await patch({ name: ' Änne ', unknown: 1 })).toEqual({ ...before, name: 'Änne' });
    expect(await patch({ avatar_url: 'https://pictures.example/ann.png' })).toEqual({
      ...before,
      name: 'Änne',
      avatar_url: 'https://pictures.example/ann.png',
    });
    expect(await patch({ privacy: { last_seen: 'nobody' } })).toMatchObject({ privacy: { read_receipts: true, last_seen: 'nobody' } });
    expect(await patch({ privacy: { messages: 'contacts', groups: 'nobody', search: 'contacts' } })).toMatchObject({
      privacy: { last_seen: 'nobody', messages: 'contacts', groups: 'nobody', search: 'contacts' },
    });
    expect(await patch({ privacy: { read_receipts: false } })).toMatchObject({ privacy: { read_receipts: false, last_seen: 'nobody' } });
    expect(await patch({ avatar_url: null })).toMatchObject({ avatar_url: null, name: 'Änne' });
    expect(await patch({})).toMatchObject({ name: 'Änne' });
  });

  it.each<[string, unknown, string]>([
    ['an empty name', { name: ' ' }, 'name'],
    ['a name of 101 characters', { name: 'x'.repeat(101) }, 'name'],
    ['a lone surrogate', { name: 'x\ud800' }, 'name'],
    ['a picture over http', { avatar_url: 'http://pictures.example/a.png' }, 'avatar_url'],
    ['a picture that is a script', { avatar_url: 'javascript:alert(1)' }, 'avatar_url'],
    ['an unknown choice', { privacy: { last_seen: 'friends' } }, 'privacy.last_seen'],
    ['another type', { privacy: { read_receipts: 'yes' } }, 'privacy.read_receipts'],
  ])('[P10] %s is refused by its path, and changes nothing', async (_what, body, path) => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const response = await call(env, '/v1/me', { method: 'PATCH', body, token: ann.token });
    expect(response.status).toBe(400);
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ code: 'bad_request', issues: [{ path, message: expect.any(String) }] });
    expect(Object.keys(problem).toSorted()).toEqual(['code', 'detail', 'issues', 'status', 'title', 'type']);
    expect(await (await call(env, '/v1/me', { token: ann.token })).json()).toMatchObject({ name: 'Ann', avatar_url: null });
  });
});

describe('looking people up', () => {
  it('by id shows the public profile, never the email', async () => {
    const { env } = testEnv();
    const [ann, bob] = [await signUp(env), await signUp(env, { name: 'Bob' })];
    const response = await call(env, `/v1/users/${bob.user_id}`, { token: ann.token });
    expect(await response.json()).toEqual({ user_id: bob.user_id, username: bob.username, name: 'Bob', avatar_url: null });
    expect((await call(env, `/v1/users/${NOBODY}`, { token: ann.token })).status).toBe(404);
    expect((await call(env, '/v1/users/me', { token: ann.token })).status).toBe(400);
  });

  it('by user name is exact and knows no case', async () => {
    const { env } = testEnv();
    const ann = await signUp(env, { username: 'exact.ann' });
    const find = async (username: string) =>
      (await (await call(env, `/v1/users?username=${username}`, { token: ann.token })).json<UserList>()).users;
    expect((await find('EXACT.Ann')).map(({ user_id }) => user_id)).toEqual([ann.user_id]);
    expect(await find('exact.an')).toEqual([]);
  });

  it('by ids answers those that exist', async () => {
    const { env } = testEnv();
    const [ann, bob] = [await signUp(env), await signUp(env)];
    const response = await call(env, `/v1/users?ids=${bob.user_id},${NOBODY},${ann.user_id}`, { token: ann.token });
    const { users } = await response.json<UserList>();
    expect(users.map(({ user_id }) => user_id).toSorted()).toEqual([ann.user_id, bob.user_id].toSorted());
  });

  it('by prefix finds user names and display names in any case, each person once, over all pages', async () => {
    const { env } = testEnv();
    const me = await signUp(env, { name: 'Searcher' });
    const people = [
      { username: 'zoe_by_name', name: 'Other One' },
      { username: 'other_name', name: 'ZOË Smith' },
      { username: 'zoe_both', name: 'Zoe Both' },
      { username: 'zoe_equal', name: 'zoe_equal' },
      { username: 'another_one', name: 'zoetrope' },
    ];
    for (const person of people) await signUp(env, person);
    const pages: string[][] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: UserList = await (
        await call(env, `/v1/users?prefix=Zo&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`, { token: me.token })
      ).json<UserList>();
      pages.push(page.users.map(({ username }) => username ?? ''));
      cursor = page.cursor;
    }
    expect(pages.every((page) => page.length <= 2)).toBe(true);
    expect(pages.flat().toSorted()).toEqual(people.map(({ username }) => username).toSorted());
    const { users } = await (await call(env, '/v1/users?prefix=zO%C3%8B', { token: me.token })).json<UserList>();
    expect(users.map(({ username }) => username)).toEqual(['other_name']);
  });

  it('by prefix takes signs of LIKE and SQL for what they are', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    for (const prefix of ['%', '_', "'", '\\', '"', '\u{10FFFF}', ' ']) {
      const response = await call(env, `/v1/users?prefix=${encodeURIComponent(prefix)}`, { token: ann.token });
      expect(response.status, prefix).toBe(200);
      expect(await response.json(), prefix).toEqual({ users: [], cursor: null });
    }
  });

  it('reads ranges of an index, however many people there are', async () => {
    const watch = watchDatabase(testEnv().env.DB);
    const { env } = testEnv({ DB: watch.db });
    const ann = await signUp(env);
    watch.statements.length = 0;
    await call(env, '/v1/users?prefix=a', { token: ann.token });
    const sql = watch.statements.find((statement) => statement.includes('UNION')) ?? '';
    const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind('a', 'b', '', '', 10, ann.user_id).all<{ detail: string }>();
    const plan = results.map(({ detail }) => detail);
    expect(plan.filter((step) => step.startsWith('SEARCH user'))).toHaveLength(2);
    expect(plan.filter((step) => step.startsWith('SCAN user'))).toEqual([]);
  });

  it.each([
    '',
    '?username=a&prefix=b',
    '?ids=x',
    `?ids=${Array.from({ length: 101 }, () => NOBODY).join(',')}`,
    '?prefix=a&limit=0',
    '?prefix=a&limit=x',
    '?prefix=a&cursor=x',
  ])('[P10] refuses /v1/users%s', async (query) => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const response = await call(env, `/v1/users${query}`, { token: ann.token });
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({ code: 'bad_request' });
  });

  it('finds people by the name they have now', async () => {
    const { env } = testEnv();
    const ann = await signUp(env, { name: 'Before' });
    const find = async (prefix: string) =>
      (await (await call(env, `/v1/users?prefix=${prefix}`, { token: ann.token })).json<UserList>()).users.length;
    await call(env, '/v1/me', { method: 'PATCH', body: { name: 'Qafter' }, token: ann.token });
    expect([await find('qaf'), await find('before')]).toEqual([1, 0]);
    await call(env, '/v1/auth/update-user', { body: { name: 'Qlast' }, token: ann.token });
    expect([await find('qlas'), await find('qaf')]).toEqual([1, 0]);
  });
});

describe('contacts', () => {
  it('are added and removed, repeatedly with the same result, and paged', async () => {
    const env = wholeEnv();
    const ann = await signUp(env);
    const others = [await signUp(env), await signUp(env), await signUp(env)];
    for (const other of [...others, others[0]!]) {
      const response = await call(env, `/v1/contacts/${other.user_id}`, { method: 'PUT', token: ann.token });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ user_id: other.user_id, username: other.username, name: 'Ann', avatar_url: null });
    }
    const list = async (query: string) => (await call(env, `/v1/contacts${query}`, { token: ann.token })).json<ContactList>();
    const first = await list('?limit=2');
    const second = await list(`?limit=2&cursor=${first.cursor}`);
    expect([first.contacts.length, second.contacts.length, second.cursor]).toEqual([2, 1, null]);
    expect([...first.contacts, ...second.contacts].map(({ user_id }) => user_id)).toEqual(others.map(({ user_id }) => user_id).toSorted());
    for (let times = 0; times < 2; times++) {
      expect((await call(env, `/v1/contacts/${others[0]!.user_id}`, { method: 'DELETE', token: ann.token })).status).toBe(204);
    }
    expect((await list('')).contacts).toHaveLength(2);
  });

  it('[P10] refuse oneself, nobody and what is no id', async () => {
    const env = wholeEnv();
    const ann = await signUp(env);
    const put = async (id: string) => (await call(env, `/v1/contacts/${id}`, { method: 'PUT', token: ann.token })).status;
    expect([await put(ann.user_id), await put(NOBODY), await put('bob'), await put(NOBODY.toUpperCase().replace('4', 'A'))]).toEqual([
      400, 404, 400, 400,
    ]);
    expect((await call(env, '/v1/contacts?cursor=none', { token: ann.token })).status).toBe(400);
  });
});

describe('blocks', () => {
  it('repeated and taken back, each time, are in the list as they are', async () => {
    const env = wholeEnv();
    const [ann, bob] = [await signUp(env), await signUp(env)];
    const block = (method: string) => call(env, `/v1/blocks/${bob.user_id}`, { method, token: ann.token });
    const list = async () => (await (await call(env, '/v1/blocks', { token: ann.token })).json<BlockList>()).blocks.length;
    expect([(await block('PUT')).status, await list(), (await block('PUT')).status, await list()]).toEqual([200, 1, 200, 1]);
    expect([(await block('DELETE')).status, await list(), (await block('DELETE')).status, await list()]).toEqual([204, 0, 204, 0]);
  });

  it('are listed for the one who made them, paged', async () => {
    const env = wholeEnv();
    const [ann, ...others] = [await signUp(env), await signUp(env), await signUp(env)];
    for (const { user_id } of others) await call(env, `/v1/blocks/${user_id}`, { method: 'PUT', token: ann!.token });
    const list = async (token: string, query = '') => (await call(env, `/v1/blocks${query}`, { token })).json<BlockList>();
    const first = await list(ann!.token, '?limit=1');
    const second = await list(ann!.token, `?limit=1&cursor=${first.cursor}`);
    expect([...first.blocks, ...second.blocks].map(({ user_id }) => user_id)).toEqual(others.map(({ user_id }) => user_id).toSorted());
    expect(second.cursor).toBeNull();
    expect((await list(others[0]!.token)).blocks).toEqual([]);
    expect((await call(env, '/v1/blocks?cursor=none', { token: ann!.token })).status).toBe(400);
  });

  it('[P10] refuse oneself and nobody, and tell nothing', async () => {
    const env = wholeEnv();
    const ann = await signUp(env);
    const put = async (id: string) => (await call(env, `/v1/blocks/${id}`, { method: 'PUT', token: ann.token })).status;
    expect([await put(ann.user_id), await put(NOBODY), await put('bob')]).toEqual([400, 404, 400]);
    expect((await (await call(env, '/v1/blocks', { token: ann.token })).json<BlockList>()).blocks).toEqual([]);
  });
});

describe('what conversations ask about people', () => {
  it('who exists, of however many', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const many = Array.from({ length: 500 }, (_, index) => `${NOBODY.slice(0, -3)}${String(index).padStart(3, '0')}`);
    expect(await peopleToAdd(env.DB, [...many, ann.user_id])).toEqual(new Map([[ann.user_id, { without_lists: true }]]));
    expect(await peopleToAdd(env.DB, [])).toEqual(new Map());
  });
});

describe('D1 failing', () => {
  it.each<[string, string, unknown?]>([
    ['GET', '/v1/me'],
    ['PATCH', '/v1/me', { name: 'Anna' }],
    ['GET', `/v1/users/${NOBODY}`],
    ['GET', '/v1/users?prefix=a'],
    ['GET', '/v1/contacts'],
    ['PUT', `/v1/contacts/${NOBODY}`],
    ['PUT', `/v1/blocks/${NOBODY}`],
    ['POST', '/v1/auth/sign-up/email', { email: 'down@example.com', password: 'correct horse', name: 'D', username: 'down' }],
    ['POST', '/v1/auth/sign-in/email', { email: 'down@example.com', password: 'correct horse' }],
    ['POST', '/v1/auth/sign-in/username', { username: 'down', password: 'correct horse' }],
    ['GET', '/v1/auth/get-session'],
  ])('is 503 with Retry-After for %s %s, and health is well', async (method, path, body) => {
    const watch = watchDatabase(testEnv().env.DB);
    const { env } = testEnv({ DB: watch.db });
    const ann = await signUp(env);
    await call(env, '/v1/me', { token: ann.token });
    watch.fail(true);
    const response = await call(env, path, { method, ...(body === undefined ? {} : { body }), token: ann.token });
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await problemOf(response)).toMatchObject({ code: 'unavailable', status: 503 });
    watch.statements.length = 0;
    expect((await call(env, '/healthz')).status).toBe(200);
    expect(watch.statements).toEqual([]);
  });
});

describe('tickets', () => {
  it('are issued for the session that asks, for thirty seconds', async () => {
    const { env } = testEnv();
    const ann = await signUp(env);
    const response = await call(env, '/v1/tickets', { method: 'POST', token: ann.token });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ticket: expect.stringMatching(/^[\w-]+\.[\w-]{43}$/), expires_in: 30 });
  });
});
