/** The answers of one who was asked: to a message request, and to an invitation to a group. */
import { Hono } from 'hono';
import { conversation, conversationParam, deleteRequestQuery } from '../../protocol/conversations.ts';
import { requireSession } from '../auth/require-session.ts';
import type { App } from '../http/context.ts';
import { describe } from '../http/openapi.ts';
import { answer, refused } from '../http/problems.ts';
import { param, query } from '../http/validation.ts';
import { conversationObject, inboxObject } from '../objects.ts';
import { changeOf } from './own-lists.ts';

const TAG = 'Requests';

export const consent = new Hono<App>()
  .put(
    '/conversations/:conversation_id/acceptance',
    describe({
      summary: 'Accept a message request',
      description: 'To answer it does the same. Accepted twice is accepted.',
      tag: TAG,
      answers: { 204: ['It is a conversation like any'] },
      refusals: ['not_found'],
    }),
    requireSession,
    param(conversationParam),
    async (c) => {
      const accepted = await conversationObject(c.env, c.req.valid('param').conversation_id).accept(c.get('session').user_id);
      return answer(accepted, () => c.body(null, 204));
    },
  )
  .delete(
    '/conversations/:conversation_id/acceptance',
    describe({
      summary: 'Delete a message request',
      description: 'Whoever sent it is not told, and may ask again after 30 days; with `block` they are blocked.',
      tag: TAG,
      answers: { 204: ['It is gone from the own list'] },
      refusals: ['not_found', 'conflict'],
    }),
    requireSession,
    param(conversationParam),
    query(deleteRequestQuery),
    async (c) => {
      const own = c.get('session').user_id;
      const deleted = await conversationObject(c.env, c.req.valid('param').conversation_id).deleteRequest(own);
      if (!deleted.ok) return refused(deleted.refusal);
      if (c.req.valid('query').block !== true) return c.body(null, 204);
      // To repeat it is harmless: what is deleted stays so.
      const blocked = await changeOf(c, inboxObject(c.env, own).setBlocked(deleted.value.from, true));
      return answer(blocked, () => c.body(null, 204));
    },
  )
  .put(
    '/conversations/:conversation_id/membership',
    describe({
      summary: 'Join a group one is invited to',
      tag: TAG,
      answers: { 200: ['The conversation', conversation] },
      refusals: ['not_found', 'gone', 'conflict'],
    }),
    requireSession,
    param(conversationParam),
    async (c) => {
      const joined = await conversationObject(c.env, c.req.valid('param').conversation_id).join(c.get('session').user_id);
      return answer(joined, (found) => c.json(found));
    },
  )
  .delete(
    '/conversations/:conversation_id/membership',
    describe({
      summary: 'Decline an invitation',
      description: 'Nobody is told. For 30 days one is told of no other invitation to this group.',
      tag: TAG,
      answers: { 204: ['One is not invited any more'] },
      refusals: ['not_found'],
    }),
    requireSession,
    param(conversationParam),
    async (c) => {
      const declined = await conversationObject(c.env, c.req.valid('param').conversation_id).decline(c.get('session').user_id);
      return answer(declined, () => c.body(null, 204));
    },
  );
