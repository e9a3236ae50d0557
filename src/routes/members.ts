/** Members of a group: adding, giving roles, removing, leaving. */
import { Hono } from 'hono';
import { conversation, memberParam, putMemberBody } from '../../protocol/conversations.ts';
import { usersExist } from '../../store/accounts.ts';
import { requireSession } from '../auth/require-session.ts';
import type { App } from '../http/context.ts';
import { describe } from '../http/openapi.ts';
import { answer, refused } from '../http/problems.ts';
import { body, param } from '../http/validation.ts';
import { conversationObject } from '../objects.ts';

const TAG = 'Members';

export const members = new Hono<App>()
  .put(
    '/conversations/:conversation_id/members/:user_id',
    describe({
      summary: 'Add a member, or give one another role',
      tag: TAG,
      answers: { 200: ['The conversation', conversation] },
      refusals: ['not_found', 'forbidden', 'conflict', 'too_large', 'unsupported_media'],
    }),
    requireSession,
    param(memberParam),
    body(putMemberBody, { optional: true }),
    async (c) => {
      const own = c.get('session').user_id;
      const { conversation_id, user_id } = c.req.valid('param');
      const object = conversationObject(c.env, conversation_id);
      const described = await object.describe(own);
      if (!described.ok) return refused(described.refusal);
      const known = described.value.members.some((member) => member.user_id === user_id);
      if (!known && !(await usersExist(c.env.DB, [user_id])).has(user_id)) {
        return refused({ code: 'not_found', detail: 'There is no such user.' });
      }
      return answer(await object.putMember(own, user_id, c.req.valid('json').role), (changed) => c.json(changed));
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
