/**
 * Blocking. D1 is the truth and is written first; the pair's conversation is then told, since it
 * must not ask D1 for every message, and the own inbox, which shows nobody's presence to whom it
 * should not. When one cannot be told the answer is 503: repeating is harmless.
 */
import { Hono } from 'hono';
import * as z from 'zod/mini';
import { blockList, pageQuery, publicProfile, type BlockList } from '../../protocol/accounts.ts';
import { findPair } from '../../durable/pair.ts';
import { uuid } from '../../protocol/message.ts';
import { addBlock, blockedBy, removeBlock } from '../../store/contacts.ts';
import { usersById } from '../../store/directory.ts';
import { requireSession } from '../auth/require-session.ts';
import type { App, AppContext } from '../http/context.ts';
import { logEvent } from '../http/log.ts';
import { describe } from '../http/openapi.ts';
import { answer, refused } from '../http/problems.ts';
import { param, query } from '../http/validation.ts';
import { conversationObject, inboxObject } from '../objects.ts';
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
      description: 'They can no longer open a direct conversation with you, write in one, or see your presence.',
      tag: 'Accounts',
      answers: { 200: ['They are blocked', publicProfile] },
      refusals: ['not_found'],
    }),
    requireSession,
    param(blockParam),
    async (c) => {
      const [own, other] = [c.get('session').user_id, c.req.valid('param').user_id];
      if (own === other) return refused({ code: 'bad_request', detail: 'Nobody blocks themselves.' });
      const [profile] = await usersById(c.env.DB, [other]);
      if (profile === undefined) return refused({ code: 'not_found', detail: 'There is no such user.' });
      await addBlock(c.env.DB, own, other, Date.now());
      return (await tellObjects(c, own, other, true)) ?? c.json(profile);
    },
  )
  .delete(
    '/blocks/:user_id',
    describe({ summary: 'Unblock somebody', tag: 'Accounts', answers: { 204: ['They are not blocked'] } }),
    requireSession,
    param(blockParam),
    async (c) => {
      const [own, other] = [c.get('session').user_id, c.req.valid('param').user_id];
      await removeBlock(c.env.DB, own, other);
      return (await tellObjects(c, own, other, false)) ?? c.body(null, 204);
    },
  );

async function tellObjects(c: AppContext, own: string, other: string, blocked: boolean): Promise<Response | undefined> {
  try {
    const { conversation_id } = await findPair(c.env, own, other);
    await conversationObject(c.env, conversation_id).setBlocked(own, blocked);
    await inboxObject(c.env, own).setBlocked(other, blocked);
    return undefined;
  } catch (error) {
    logEvent('warn', 'set_blocked_failed', { request_id: c.get('requestId'), error: String(error) });
    return refused({ code: 'unavailable', detail: 'It is kept, but could not be told. Try again.', retry_after: 2 });
  }
}
