/** People under `CONTACT_POLICY=requests`, as they are to each other, over the whole Worker. */
import { env as bound } from 'cloudflare:workers';
import { expect } from 'vitest';
import type { Conversation, ConversationList, ConversationRow } from '../../../protocol/conversations.ts';
import type { Problem } from '../../../protocol/errors.ts';
import type { Env } from '../../../src/env.ts';
import { call, signUp, type Person } from '../accounts/support.ts';

export const env = bound as unknown as Env;
export const uuid = (): string => crypto.randomUUID();

export interface Actor extends Person {
  ask(method: string, path: string, body?: unknown): Promise<Response>;
  /** The status, and where it is a refusal the code and the reason. */
  tries(method: string, path: string, body?: unknown): Promise<string>;
  json<T>(method: string, path: string, body?: unknown): Promise<T>;
  rows(state?: 'request' | 'invited'): Promise<ConversationRow[]>;
}

export async function actor(name = 'Ann'): Promise<Actor> {
  const person = await signUp(env, { name });
  const ask = (method: string, path: string, body?: unknown): Promise<Response> =>
    call(env, `/v1${path}`, { method, token: person.token, ...(body === undefined ? {} : { body }) });
  return {
    ...person,
    ask,
    async tries(method, path, body) {
      const response = await ask(method, path, body);
      if (response.status < 400) return String(response.status);
      const { code, reason } = await response.json<Problem>();
      return [code, ...(reason === undefined ? [] : [reason])].join(' ');
    },
    json: async <T>(method: string, path: string, body?: unknown) => (await ask(method, path, body)).json<T>(),
    rows: async (state) => {
      const page = await (await ask('GET', `/conversations${state === undefined ? '' : `?state=${state}`}`)).json<ConversationList>();
      return page.conversations;
    },
  };
}

/** What `ann` is to `bob`. */
export const RELATIONS = ['contact', 'known', 'stranger', 'blocked'] as const;
export type Relation = (typeof RELATIONS)[number];

export async function pairOf(relation: Relation): Promise<{ ann: Actor; bob: Actor }> {
  const [ann, bob] = [await actor('Ann'), await actor('Bob')];
  if (relation === 'contact') await bob.ask('PUT', `/contacts/${ann.user_id}`);
  if (relation === 'blocked') await bob.ask('PUT', `/blocks/${ann.user_id}`);
  if (relation === 'known') await bob.ask('POST', '/conversations', { kind: 'direct', user_id: ann.user_id });
  if (relation === 'known') await expect.poll(async () => (await bob.rows()).length).toBe(1);
  return { ann, bob };
}

export const say = (content: string, more = {}): unknown => ({ global_id: uuid(), type: 'text', content, ...more });

export const openDirect = async (from: Actor, to: Person): Promise<string> =>
  (await from.json<Conversation>('POST', '/conversations', { kind: 'direct', user_id: to.user_id })).conversation_id;

/** A group of its maker and a friend, to which others can be added. */
export async function groupOf(maker: Actor, ...others: Person[]): Promise<Conversation> {
  const friend = await actor('Fay');
  await friend.ask('PUT', `/contacts/${maker.user_id}`);
  const member_ids = [friend, ...others].map(({ user_id }) => user_id);
  return maker.json<Conversation>('POST', '/conversations', { kind: 'group', title: 'Tea', member_ids });
}

/** Told to the maker as late as to anybody: whoever has no row by then gets none. */
export async function toldTo(who: Actor, conversationId: string): Promise<void> {
  await expect.poll(async () => (await who.rows()).some((row) => row.conversation_id === conversationId)).toBe(true);
}
