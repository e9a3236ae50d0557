/** Conversations: opening, listing, looking at and describing them. */
import { Hono } from 'hono';
import {
  conversation,
  conversationList,
  conversationParam,
  createConversationBody,
  listQuery,
  patchConversationBody,
  readBody,
  readPosition,
  type Conversation,
  type CreateConversationBody,
} from '../../protocol/conversations.ts';
import type { Creation } from '../../durable/conversation/api.ts';
import { findPair } from '../../durable/pair.ts';
import type { Session } from '../../durable/session.ts';
import { groupConversationId, uuidv7 } from '../../protocol/ids.ts';
import { GROUP_MEMBERS_MAX } from '../../protocol/limits.ts';
import { accept, refuse, type Outcome } from '../../protocol/outcome.ts';
import { peopleToAdd } from '../../store/accounts.ts';
import { requireSession } from '../auth/require-session.ts';
import type { Env } from '../env.ts';
import type { App } from '../http/context.ts';
import { describe } from '../http/openapi.ts';
import { answer, refused } from '../http/problems.ts';
import { body, param, query } from '../http/validation.ts';
import { conversationObject, inboxObject } from '../objects.ts';
import { isLimited } from './reach-limits.ts';

const TAG = 'Conversations';

export const conversations = new Hono<App>()
  .post(
    '/conversations',
    describe({
      summary: 'Open a direct conversation or make a group',
      description: 'A direct conversation has one id for its pair of users, so that opening it twice gives the same one.',
      tag: TAG,
      answers: { 200: ['It existed', conversation], 201: ['It is new', conversation] },
      refusals: ['not_found', 'conflict', 'forbidden', 'too_large', 'unsupported_media'],
    }),
    requireSession,
    body(createConversationBody),
    async (c) => {
      const own = c.get('session').user_id;
      const wanted = c.req.valid('json');
      const { conversation_id, existing } = await placeOf(c.env, own, wanted);
      if (existing !== null) return c.json(existing, 200);
      const creation = await check(c.env, c.get('session'), conversation_id, wanted);
      if (!creation.ok) return refused(creation.refusal);
      const made = await conversationObject(c.env, conversation_id).create(creation.value);
      return answer(made, ({ created, conversation }) => c.json(conversation, created ? 201 : 200));
    },
  )
  .get(
    '/conversations',
    describe({ summary: 'Own conversations, newest activity first', tag: TAG, answers: { 200: ['A page of them', conversationList] } }),
    requireSession,
    query(listQuery),
    async (c) => {
      const { cursor, limit, state } = c.req.valid('query');
      return answer(await inboxObject(c.env, c.get('session').user_id).list(cursor, limit, state), (page) => c.json(page));
    },
  )
  .get(
    '/conversations/:conversation_id',
    describe({
      summary: 'A conversation with its members',
      tag: TAG,
      answers: { 200: ['The conversation', conversation] },
      refusals: ['not_found'],
    }),
    requireSession,
    param(conversationParam),
    async (c) => {
      const object = conversationObject(c.env, c.req.valid('param').conversation_id);
      return answer(await object.describe(c.get('session').user_id), (found) => c.json(found));
    },
  )
  .patch(
    '/conversations/:conversation_id',
    describe({
      summary: 'Change title or avatar',
      tag: TAG,
      answers: { 200: ['The conversation', conversation] },
      refusals: ['not_found', 'forbidden', 'too_large', 'unsupported_media'],
    }),
    requireSession,
    param(conversationParam),
    body(patchConversationBody),
    async (c) => {
      const object = conversationObject(c.env, c.req.valid('param').conversation_id);
      return answer(await object.patch(c.get('session').user_id, c.req.valid('json')), (changed) => c.json(changed));
    },
  )
  .put(
    '/conversations/:conversation_id/read',
    describe({
      summary: 'Move the own read marker forward',
      description: 'A number past the end is clamped; one before the present marker changes nothing.',
      tag: TAG,
      answers: { 200: ['Where the marker is now', readPosition] },
      refusals: ['not_found', 'too_large', 'unsupported_media'],
    }),
    requireSession,
    param(conversationParam),
    body(readBody),
    async (c) => {
      const object = conversationObject(c.env, c.req.valid('param').conversation_id);
      const moved = await object.read(c.get('session').user_id, c.req.valid('json').message_id);
      return answer(moved, ({ read }) => c.json({ message_id: read }));
    },
  );

/** The id follows from who asks and for whom, never from the client's choice: what they may see there is theirs. */
async function placeOf(
  env: Env,
  own: string,
  wanted: CreateConversationBody,
): Promise<{ conversation_id: string; existing: Conversation | null }> {
  if (wanted.kind === 'direct') {
    const { conversation_id, pairing } = await findPair(env, own, wanted.user_id);
    if (pairing.is === 'pair' && pairing.reopens) await conversationObject(env, conversation_id).openAgain(own);
    return { conversation_id, existing: pairing.is === 'pair' ? pairing.conversation : null };
  }
  const conversation_id = await groupConversationId(own, wanted.global_id ?? wanted.conversation_id ?? uuidv7(Date.now()));
  const existing = await conversationObject(env, conversation_id).describe(own);
  return { conversation_id, existing: existing.ok ? existing.value : null };
}

/** What only D1 knows: whether the people exist. Whether they may be reached their own objects are asked. */
async function check(env: Env, session: Session, conversation_id: string, wanted: CreateConversationBody): Promise<Outcome<Creation>> {
  const own = session.user_id;
  const { kind } = wanted;
  const others = new Set(kind === 'direct' ? [wanted.user_id] : wanted.member_ids);
  if (kind === 'direct' && others.has(own)) return refuse('bad_request', 'A direct conversation takes two.');
  others.delete(own);
  if (others.size === 0) return refuse('bad_request', 'A group has at least one other member.');
  if (others.size >= GROUP_MEMBERS_MAX) return refuse('conflict', `A group has at most ${GROUP_MEMBERS_MAX} members.`);
  const member_ids = [...others];
  const found = await peopleToAdd(env.DB, [own, ...member_ids]);
  if (member_ids.some((userId) => !found.has(userId))) {
    return refuse('not_found', kind === 'direct' ? 'There is no such user.' : 'There is no such user among the members.');
  }
  const without_lists = [...found].flatMap(([id, { without_lists: isEmpty }]) => (isEmpty ? [id] : []));
  const title = kind === 'direct' ? null : wanted.title;
  return accept({ conversation_id, kind, title, creator_id: own, member_ids, limited: isLimited(env, session), without_lists });
}
