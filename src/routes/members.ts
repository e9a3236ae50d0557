/** Members of a group: adding, giving roles, removing, leaving. */
import { Hono } from 'hono';
import { conversation, invitedAnswer, memberParam, putMemberBody } from '../../protocol/conversations.ts';
import { peopleToAdd } from '../../store/accounts.ts';
import { requireSession } from '../auth/require-session.ts';
import type { App } from '../http/context.ts';
import { describe } from '../http/openapi.ts';
import { answer, refused } from '../http/problems.ts';
import { body, param } from '../http/validation.ts';
import { conversationObject } from '../objects.ts';
import { isLimited } from './reach-limits.ts';

const TAG = 'Members';

export const members = new Hono<App>()
  .put(
    '/conversations/:conversation_id/members/:user_id',
    describe({
      summary: 'Add a member, or give one another role',
      tag: TAG,
      description: 'Who is added is asked first. Why somebody is invited and no member is nobody’s to know but theirs.',
      answers: { 200: ['The conversation', conversation], 202: ['They are invited', invitedAnswer] },
      refusals: ['not_found', 'forbidden', 'conflict', 'too_large', 'unsupported_media'],
    }),
    requireSession,
    param(memberParam),
    body(putMemberBody, { optional: true }),
    async (c) => {
      const session = c.get('session');
      const own = session.user_id;
      const { conversation_id, user_id } = c.req.valid('param');
      const object = conversationObject(c.env, conversation_id);
      const described = await object.describe(own);
      if (!described.ok) return refused(described.refusal);
      const known = described.value.members.some((member) => member.user_id === user_id);
      const found = known ? new Map<string, { without_lists: boolean }>() : await peopleToAdd(c.env.DB, [own, user_id]);
      if (!known && !found.has(user_id)) return refused({ code: 'not_found', detail: 'There is no such user.' });
      const without_lists = [...found].flatMap(([id, { without_lists: isEmpty }]) => (isEmpty ? [id] : []));
      const adding = { limited: isLimited(c.env, session), without_lists };
      const added = await object.putMember(own, user_id, c.req.valid('json').role, adding);
      return answer(added, (done) => (done.status === 'member' ? c.json(done.conversation, 200) : c.json(done, 202)));
    },
  )
  .delete(
    '/conversations/:conversation_id/members/:user_id',
    describe({
      summary: 'Remove a member, or leave',
      description: 'When the last owner leaves, the oldest admin, else the oldest member, becomes owner.',
      tag: TAG,
      answers: { 204: ['No member any more'] },
      refusals: ['not_found', 'forbidden'],
    }),
    requireSession,
    param(memberParam),
    async (c) => {
      const { conversation_id, user_id } = c.req.valid('param');
      const removed = await conversationObject(c.env, conversation_id).removeMember(c.get('session').user_id, user_id);
      return answer(removed, () => c.body(null, 204));
    },
  );
