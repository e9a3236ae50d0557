/** Nobody chooses the id of a conversation, and what sits on a pair's id from before is not the pair's. */
import { env as bound } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Conversation } from '../../../protocol/conversations.ts';
import { directConversationId, groupConversationId, spareDirectConversationId } from '../../../protocol/ids.ts';
import type { Env } from '../../../src/env.ts';
import { call, problemOf, signUp, type Person } from '../accounts/support.ts';

const env = bound as unknown as Env;
const uuid = (): string => crypto.randomUUID();
const as = (person: Person) => (method: string, path: string, body?: unknown) =>
  call(env, `/v1${path}`, { method, token: person.token, ...(body === undefined ? {} : { body }) });
const open = async (person: Person, body: unknown) => {
  const response = await as(person)('POST', '/conversations', body);
  return { status: response.status, ...(await response.json<Conversation>()) };
};
const direct = (other: Person) => ({ kind: 'direct', user_id: other.user_id });
const group = (others: Person[], more = {}) => ({ kind: 'group', title: 'G', member_ids: others.map(({ user_id }) => user_id), ...more });
const say = () => ({ global_id: uuid(), type: 'text', content: 'for Bob alone' });
const idsOf = ({ members }: Conversation): string[] => members.map(({ user_id }) => user_id).toSorted();
const people = async () => [await signUp(env), await signUp(env), await signUp(env)] as const;

/** As a group under a pair's id was made when clients could choose ids. */
async function squat(pair: readonly [Person, Person], creator: Person, others: Person[]): Promise<string> {
  const conversation_id = await directConversationId(pair[0].user_id, pair[1].user_id);
  const member_ids = others.map(({ user_id }) => user_id);
  const object = env.CONVERSATION.get(env.CONVERSATION.idFromName(conversation_id));
  const made = await object.create({ conversation_id, kind: 'group', title: 'Trap', creator_id: creator.user_id, member_ids });
  expect(made.ok).toBe(true);
  return conversation_id;
}

describe('the id of a conversation', () => {
  it('[A1] that a client names for a group is not taken: the pair gets a direct conversation of two', async () => {
    const [ann, bob, eve] = await people();
    const pairId = await directConversationId(ann.user_id, bob.user_id);
    const trap = await open(eve, group([ann, bob], { conversation_id: pairId }));
    expect([trap.status, trap.conversation_id === pairId]).toEqual([201, false]);
    const opened = await open(ann, direct(bob));
    expect(opened).toMatchObject({ status: 201, kind: 'direct', conversation_id: pairId });
    expect(idsOf(opened)).toEqual([ann.user_id, bob.user_id].toSorted());
    expect((await as(ann)('POST', `/conversations/${pairId}/messages`, say())).status).toBe(201);
    expect((await as(eve)('GET', `/conversations/${pairId}/messages`)).status).toBe(404);
  });

  it('[A1] the same creator and global_id answer the same group, another creator another one', async () => {
    const [ann, bob, eve] = await people();
    const global_id = uuid();
    const first = await open(ann, group([bob], { global_id }));
    const again = await open(ann, group([bob], { global_id, title: 'Other', conversation_id: uuid() }));
    const foreign = await open(eve, group([bob], { global_id }));
    expect([first.status, again.status, foreign.status]).toEqual([201, 200, 201]);
    expect(first.conversation_id).toBe(await groupConversationId(ann.user_id, global_id));
    expect(again).toEqual({ ...first, status: 200 });
    expect(foreign.conversation_id).not.toBe(first.conversation_id);
  });

  it('[A1] a conversation_id without a global_id serves as one, and two without any are two groups', async () => {
    const [ann, bob] = await people();
    const conversation_id = uuid();
    const [first, again] = [await open(ann, group([bob], { conversation_id })), await open(ann, group([bob], { conversation_id }))];
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(first.conversation_id).toBe(await groupConversationId(ann.user_id, conversation_id));
    const [one, two] = [await open(ann, group([bob])), await open(ann, group([bob]))];
    expect([one.status, two.status, one.conversation_id === two.conversation_id]).toEqual([201, 201, false]);
  });

  it('[A1] POST tells nothing of the conversations of others', async () => {
    const [ann, bob, eve] = await people();
    const { conversation_id } = await open(ann, direct(bob));
    const asked = await Promise.all([conversation_id, uuid()].map((id) => open(eve, group([ann], { conversation_id: id }))));
    expect(asked.map(({ status, last_message_id }) => [status, last_message_id])).toEqual([
      [201, 0],
      [201, 0],
    ]);
  });

  it.each<[string, (ann: Person, bob: Person, eve: Person) => [Person, Person[]]]>([
    ['a group with both and a third', (ann, bob, eve) => [eve, [ann, bob]]],
    ['a group of the two', (ann, bob) => [ann, [bob]]],
    ['a puppet’s group', (_ann, _bob, eve) => [eve, []]],
  ])('[A1] where %s sits on the pair’s id, the pair has another one, and a block holds there', async (_what, who) => {
    const [ann, bob, eve] = await people();
    const taken = await squat([ann, bob], ...who(ann, bob, eve));
    const opened = await open(ann, direct(bob));
    const spare = await spareDirectConversationId(bob.user_id, ann.user_id);
    expect(opened).toMatchObject({ status: 201, kind: 'direct', conversation_id: spare });
    expect(idsOf(opened)).toEqual([ann.user_id, bob.user_id].toSorted());
    expect(await open(bob, direct(ann))).toMatchObject({ status: 200, conversation_id: spare });
    expect(taken).not.toBe(spare);
    expect((await as(bob)('PUT', `/blocks/${ann.user_id}`)).status).toBe(200);
    const refused = await as(ann)('POST', `/conversations/${spare}/messages`, say());
    expect([refused.status, (await problemOf(refused)).code]).toEqual([403, 'forbidden']);
    expect((await as(bob)('DELETE', `/blocks/${ann.user_id}`)).status).toBe(204);
    expect((await as(ann)('POST', `/conversations/${spare}/messages`, say())).status).toBe(201);
  });
});
