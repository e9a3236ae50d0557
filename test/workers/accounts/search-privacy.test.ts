/** Who is found by the beginning of a name. */
import { expect, it } from 'vitest';
import type { UserList } from '../../../protocol/accounts.ts';
import { call, signUp, testEnv, type Person } from './support.ts';

it('[P8] a search by prefix leaves out who does not want to be found so, except for those they know; by their exact name they are found', async () => {
  const { env } = testEnv();
  const [seeker, contact] = [await signUp(env), await signUp(env)];
  const hidden = await signUp(env, { username: 'hides_from_all', name: 'Hides A' });
  const choosy = await signUp(env, { username: 'hides_from_strangers', name: 'Hides B' });
  const choose = (who: Person, search: string) => call(env, '/v1/me', { method: 'PATCH', body: { privacy: { search } }, token: who.token });
  const find = async (who: Person, query: string) =>
    (await (await call(env, `/v1/users?${query}`, { token: who.token })).json<UserList>()).users.map(({ username }) => username);
  expect(await find(seeker, 'prefix=hides')).toHaveLength(2);
  await choose(hidden, 'nobody');
  await choose(choosy, 'contacts');
  await call(env, `/v1/contacts/${contact.user_id}`, { method: 'PUT', token: choosy.token });
  // To have somebody on one's own list is not to be on theirs.
  await call(env, `/v1/contacts/${choosy.user_id}`, { method: 'PUT', token: seeker.token });
  expect(await find(seeker, 'prefix=hides')).toEqual([]);
  expect(await find(contact, 'prefix=hides')).toEqual(['hides_from_strangers']);
  expect(await find(seeker, 'username=hides_from_all')).toEqual(['hides_from_all']);
  expect(await find(seeker, `ids=${hidden.user_id}`)).toEqual(['hides_from_all']);
});
