/** What an operator may ask of one conversation. Not part of the contract: signed, and in no document (docs/operations.md). */
import { Hono } from 'hono';
import { isUuid } from '../../protocol/ids.ts';
import type { App } from '../http/context.ts';
import { signed } from '../http/internal.ts';
import { notFound } from '../http/problems.ts';
import { conversationObject } from '../objects.ts';

export const internal = new Hono<App>();

/** What failed is tried now, however often it has failed. */
internal.post('/internal/conversations/:conversation_id/wake', signed, async (c) => {
  const id = c.req.param('conversation_id');
  const pending = isUuid(id) ? await conversationObject(c.env, id).wake() : null;
  return pending === null ? notFound(c) : c.json(pending);
});
