/** Somebody who is signed in, with a watch on what D1 and their object are asked. */
import { runInDurableObject } from 'cloudflare:test';
import type { UserInbox } from '../../../durable/user-inbox/object.ts';
import type { Env } from '../../../src/env.ts';
import { call, inboxesOf, signUp, testEnv, watchDatabase, wholeEnv, type Person } from './support.ts';

export async function somebody() {
  const watch = watchDatabase(testEnv().env.DB);
  const asked: string[] = [];
  const { env, calls } = testEnv({ DB: watch.db });
  const USER_INBOX = inboxesOf((name) => ({
    authenticate: (...args: Parameters<ReturnType<Env['USER_INBOX']['get']>['authenticate']>) => {
      asked.push(args[0].kind);
      return env.USER_INBOX.get(env.USER_INBOX.idFromName(name)).authenticate(...args);
    },
  }));
  const person = await signUp(env);
  watch.statements.length = 0;
  return { watch, env: { ...env, USER_INBOX }, calls, person, asked };
}

export const NOBODY = '/v1/users/00000000-0000-4000-8000-000000000000';
export const read = async (env: Env, person: Person) => (await call(env, NOBODY, { token: person.token })).status;
export const change = async (env: Env, token: string) => (await call(env, '/v1/tickets', { method: 'POST', token })).status;
export const inboxOf = (env: Env, person: Person) => env.USER_INBOX.get(env.USER_INBOX.idFromName(person.user_id));
export const stored = (person: Person): Promise<Record<string, unknown>[]> => {
  return runInDurableObject(inboxOf(wholeEnv(), person) as unknown as DurableObjectStub<UserInbox>, (_object, state) =>
    state.storage.sql.exec('SELECT * FROM sessions').toArray(),
  );
};
