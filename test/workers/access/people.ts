/** Who asks, and what of theirs they ask about. */
import type { Conversation, Stored } from '../../../protocol/conversations.ts';
import type { Env } from '../../../src/env.ts';
import { makeVapidKey } from '../../support/push/vapid-key.ts';
import { call, signUp, wholeEnv, type Person } from '../accounts/support.ts';

export const env: Env = wholeEnv({ LIMITS: 'relaxed', REACH_LIMITS: 'off', VAPID_PRIVATE_KEY: await makeVapidKey() });
export const uuid = (): string => crypto.randomUUID();

export interface Ask {
  method: string;
  path: string;
  body?: unknown;
  upgrade?: true;
}

/** Undefined: signed out. */
export async function ask(who: Person | undefined, { method, path, body, upgrade }: Ask): Promise<Response> {
  const headers = upgrade === true ? { upgrade: 'websocket' } : {};
  const response = await call(env, path, { method, token: who?.token, headers, ...(body === undefined ? {} : { body }) });
  response.webSocket?.accept();
  response.webSocket?.close();
  return response;
}

export async function done<T>(who: Person, request: Ask): Promise<T> {
  const response = await ask(who, request);
  if (!response.ok) throw new Error(`${request.method} ${request.path}: ${response.status} ${await response.text()}`);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const people = async <Name extends string>(...names: Name[]): Promise<Record<Name, Person>> =>
  Object.fromEntries(await Promise.all(names.map(async (name) => [name, await signUp(env)]))) as Record<Name, Person>;

export const text = (content: string) => ({ global_id: uuid(), type: 'text', content });

/** A group of these, the first its owner; who is `removed` was in it. `message_id` is by `author`. */
export async function makeGroup(
  of: Record<'owner' | 'admin' | 'member' | 'author' | 'invited' | 'removed', Person>,
): Promise<{ id: string; message_id: number }> {
  const member_ids = [of.admin, of.member, of.author, of.invited, of.removed].map(({ user_id }) => user_id);
  const body = { kind: 'group', global_id: uuid(), title: 'Group', member_ids };
  const { conversation_id: id } = await done<Conversation>(of.owner, { method: 'POST', path: '/v1/conversations', body });
  const member = ({ user_id }: Person) => `/v1/conversations/${id}/members/${user_id}`;
  await done(of.owner, { method: 'PUT', path: member(of.admin), body: { role: 'admin' } });
  await done(of.owner, { method: 'DELETE', path: member(of.removed) });
  // Who has left and is added again decides for themselves.
  await done(of.invited, { method: 'DELETE', path: member(of.invited) });
  await done(of.owner, { method: 'PUT', path: member(of.invited) });
  const { message_id } = await done<Stored>(of.author, { method: 'POST', path: `/v1/conversations/${id}/messages`, body: text('hello') });
  return { id, message_id };
}

/** `message_id` is by `other`. */
export async function openDirect(who: Person, other: Person): Promise<{ id: string; message_id: number }> {
  const body = { kind: 'direct', user_id: other.user_id };
  const { conversation_id: id } = await done<Conversation>(who, { method: 'POST', path: '/v1/conversations', body });
  const { message_id } = await done<Stored>(other, { method: 'POST', path: `/v1/conversations/${id}/messages`, body: text('hello') });
  return { id, message_id };
}
