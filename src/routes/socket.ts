/** The door to a conversation's socket: who comes is found out first, whether they are a member in the conversation's object. */
import { Hono } from 'hono';
import { conversationParam, socketQuery } from '../../protocol/conversations.ts';
import type { Refusal } from '../../protocol/errors.ts';
import { toHeaders } from '../../durable/session.ts';
import { admit } from '../auth/upgrade.ts';
import { isUpgrade, type App } from '../http/context.ts';
import { describe } from '../http/openapi.ts';
import { refused } from '../http/problems.ts';
import { param, query as inQuery } from '../http/validation.ts';
import { conversationObject } from '../objects.ts';

export const socket = new Hono<App>().get(
  '/conversations/:conversation_id/socket',
  describe({
    summary: 'The socket of a conversation',
    description: 'A WebSocket upgrade. Its frames are described in docs/protocol.md. Takes a cookie, a bearer token or a `ticket`.',
    tag: 'Sockets',
    answers: { 101: ['Switching to the WebSocket protocol'] },
    refusals: ['not_found', 'forbidden', 'conflict', 'rate_limited'],
  }),
  param(conversationParam),
  inQuery(socketQuery),
  async (c) => {
    if (!isUpgrade(c)) return refused({ code: 'bad_request', detail: 'Open this address as a WebSocket.' });
    const query = c.req.valid('query');
    const { conversation_id } = c.req.valid('param');
    const session = await admit(c, query, conversation_id);
    if (!session.ok) return refused(session.refusal);
    const address = new URL('https://conversation/socket');
    address.searchParams.set('after_message_id', String(query.after_message_id));
    const headers = { upgrade: 'websocket', ...toHeaders({ ...session.value, device_id: query.device_id }) };
    const response = await conversationObject(c.env, conversation_id).fetch(new Request(address, { headers }));
    return response.status === 101 ? response : refused(await response.json<Refusal>());
  },
);
