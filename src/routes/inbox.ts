/** All conversations at once: what moved since a cursor, by HTTP or live, and the own view of each. */
import { Hono } from 'hono';
import { conversationParam, conversationRow } from '../../protocol/conversations.ts';
import { draft, draftBody, inboxPage, inboxQuery, inboxSocketQuery, settingsBody } from '../../protocol/inbox.ts';
import { requireSession } from '../auth/require-session.ts';
import { openInbox } from '../auth/upgrade.ts';
import { isUpgrade, type App } from '../http/context.ts';
import { describe } from '../http/openapi.ts';
import { answer, refused } from '../http/problems.ts';
import { body, param, query } from '../http/validation.ts';
import { inboxObject } from '../objects.ts';

const TAG = 'Inbox';

export const inbox = new Hono<App>()
  .get(
    '/inbox',
    describe({
      summary: 'What moved since a cursor, newest first',
      description: 'Without a cursor: everything. While `has_more`, the cursor continues the list; keep only the last one.',
      tag: TAG,
      answers: { 200: ['A page', inboxPage] },
    }),
    requireSession,
    query(inboxQuery),
    async (c) => {
      const { cursor, limit } = c.req.valid('query');
      return answer(await inboxObject(c.env, c.get('session').user_id).changes(cursor, limit), (page) => c.json(page));
    },
  )
  .get(
    '/inbox/socket',
    describe({
      summary: 'The inbox socket',
      description:
        'A WebSocket upgrade, one per device. Its frames are described in docs/protocol.md. Takes a cookie, a bearer token or a `ticket`.',
      tag: 'Sockets',
      answers: { 101: ['Switching to the WebSocket protocol'] },
      refusals: ['forbidden', 'conflict', 'rate_limited'],
    }),
    query(inboxSocketQuery),
    async (c) => {
      if (!isUpgrade(c)) return refused({ code: 'bad_request', detail: 'Open this address as a WebSocket.' });
      return answer(await openInbox(c, c.req.valid('query')), (socket) => socket);
    },
  )
  .patch(
    '/conversations/:conversation_id/settings',
    describe({
      summary: 'Mute, pin, archive or mark as unread',
      description: 'The own view alone; all own devices follow. What is left out stays as it is.',
      tag: TAG,
      answers: { 200: ['The row as it is now', conversationRow] },
      refusals: ['not_found', 'too_large', 'unsupported_media'],
    }),
    requireSession,
    param(conversationParam),
    body(settingsBody),
    async (c) => {
      const { conversation_id } = c.req.valid('param');
      const changed = await inboxObject(c.env, c.get('session').user_id).changeSettings(conversation_id, c.req.valid('json'));
      return answer(changed, (row) => c.json(row));
    },
  )
  .put(
    '/conversations/:conversation_id/draft',
    describe({
      summary: 'Keep a draft',
      description: 'The last edit wins: an older one changes nothing and is answered with the later. Empty content clears it.',
      tag: TAG,
      answers: { 200: ['The draft as it stands', draft] },
      refusals: ['not_found', 'too_large', 'unsupported_media'],
    }),
    requireSession,
    param(conversationParam),
    body(draftBody),
    async (c) => {
      const { conversation_id } = c.req.valid('param');
      const put = await inboxObject(c.env, c.get('session').user_id).putDraft(conversation_id, c.req.valid('json'));
      return answer(put, (kept) => c.json(kept));
    },
  );
