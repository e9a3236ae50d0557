/** What an operator may ask of one conversation. Not part of the contract: signed, and in no document (docs/operations.md). */
import { Hono } from 'hono';
import { isUuid, uuidv7 } from '../../protocol/ids.ts';
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

/** Its state of then, within the last thirty days, `{at}` in milliseconds since 1970. Should it end in between, the first delivery finds out. */
internal.post('/internal/conversations/:conversation_id/restore', signed, async (c) => {
  const id = c.req.param('conversation_id');
  const body: unknown = await c.req.json().catch(() => null);
  const at = typeof body === 'object' && body !== null && 'at' in body ? body.at : null;
  if (!isUuid(id) || typeof at !== 'number') return notFound(c);
  const restored = await conversationObject(c.env, id).restore(at);
  if (restored === null) return notFound(c);
  await conversationObject(c.env, id)
    .restart()
    .catch(() => undefined);
  const epoch = uuidv7(Date.now());
  const pending = await conversationObject(c.env, id).reopen(epoch, restored.members);
  return c.json({ undo: restored.undo, epoch, pending });
});
