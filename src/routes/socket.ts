/** The door to a conversation's socket: who comes is found out here, whether they are a member in the object. */
import { Hono } from 'hono';
import { conversationParam, socketQuery } from '../../protocol/conversations.ts';
import type { Refusal } from '../../protocol/errors.ts';
import { toHeaders } from '../../durable/session.ts';
import { touchDevice } from '../auth/devices.ts';
import { authenticateUpgrade } from '../auth/require-session.ts';
import { isUpgrade, type App } from '../http/context.ts';
import { describe } from '../http/openapi.ts';
import { refused } from '../http/problems.ts';
import { param, query } from '../http/validation.ts';
import { conversationObject } from '../objects.ts';

export const socket = new Hono<App>().get(
  '/conversations/:conversation_id/socket',
  describe({
    summary: 'The socket of a conversation',
    description: 'A WebSocket upgrade. Its frames are described in docs/protocol.md. Takes a cookie, a bearer token or a `ticket`.',
    tag: 'Sockets',
    answers: { 101: ['Switching to the WebSocket protocol'] },
    refusals: ['not_found', 'forbidden', 'rate_limited'],
  }),
  param(conversationParam),
  query(socketQuery),
  async (c) => {
    if (!isUpgrade(c)) return refused({ code: 'bad_request', detail: 'Open this address as a WebSocket.' });
    const session = await authenticateUpgrade(c);
    if (!session.ok) return refused(session.refusal);
    const { device_id, after_message_id } = c.req.valid('query');
    const address = new URL('https://conversation/socket');
    address.searchParams.set('after_message_id', String(after_message_id));
    const origin = { ...session.value, device_id };
    const touched = await touchDevice(c.env, origin);
    if (!touched.ok) return refused(touched.refusal);
    const headers = { upgrade: 'websocket', ...toHeaders(origin) };
    const response = await conversationObject(c.env, c.req.valid('param').conversation_id).fetch(new Request(address, { headers }));
    return response.status === 101 ? response : refused(await response.json<Refusal>());
  },
);
