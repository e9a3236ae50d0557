/**
 * Blocking. The user's own object holds the truth and tells the conversation of the two and the other's
 * object; when one cannot be told the answer is 503, it goes on by alarm, and repeating is harmless.
 * Pages come from D1, which mirrors it.
 */
import { Hono } from 'hono';
import * as z from 'zod/mini';
import { blockList, pageQuery, publicProfile, type BlockList } from '../../protocol/accounts.ts';
import { uuid } from '../../protocol/message.ts';
import { blockedBy } from '../../store/contacts.ts';
import { usersById } from '../../store/directory.ts';
import { requireSession } from '../auth/require-session.ts';
import type { App } from '../http/context.ts';
import { describe } from '../http/openapi.ts';
import { answer, refused } from '../http/problems.ts';
import { param, query } from '../http/validation.ts';
import { inboxObject } from '../objects.ts';
import { changeOf } from './own-lists.ts';
import { peoplePage } from './people-page.ts';

const blockParam = z.object({ user_id: uuid });

export const blocks = new Hono<App>()
  .get(
    '/blocks',
    describe({ summary: 'Whom one blocks', tag: 'Accounts', answers: { 200: ['A page of them', blockList] } }),
    requireSession,
    query(pageQuery),
    async (c) => {
      const page = await peoplePage(c, c.req.valid('query'), blockedBy);
      return answer(page, ({ people, cursor }) => c.json({ blocks: people, cursor } satisfies BlockList));
    },
  )
  .put(
    '/blocks/:user_id',
    describe({
      summary: 'Block somebody',
      description: 'They can no longer open a direct conversation with you, write in one, add you to a group, or see your presence.',
      tag: 'Accounts',
      answers: { 200: ['They are blocked', publicProfile] },
      refusals: ['not_found', 'conflict'],
    }),
    requireSession,
    param(blockParam),
    async (c) => {
      const [own, other] = [c.get('session').user_id, c.req.valid('param').user_id];
      if (own === other) return refused({ code: 'bad_request', detail: 'Nobody blocks themselves.' });
      const [profile] = await usersById(c.env.DB, [other]);
      if (profile === undefined) return refused({ code: 'not_found', detail: 'There is no such user.' });
      return answer(await changeOf(c, inboxObject(c.env, own).setBlocked(other, true)), () => c.json(profile));
    },
  )
  .delete(
    '/blocks/:user_id',
    describe({ summary: 'Unblock somebody', tag: 'Accounts', answers: { 204: ['They are not blocked'] } }),
    requireSession,
    param(blockParam),
    async (c) => {
      const removed = await changeOf(c, inboxObject(c.env, c.get('session').user_id).setBlocked(c.req.valid('param').user_id, false));
      return answer(removed, () => c.body(null, 204));
    },
  );
