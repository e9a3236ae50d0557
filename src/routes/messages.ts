/** Messages over HTTP: the same commands as on the socket, and the log in pages. */
import { Hono } from 'hono';
import type { LogFrame } from '../../protocol/client-frames.ts';
import { sendBody } from '../../protocol/client-frames.ts';
import {
  changeQuery,
  conversationParam,
  editBody,
  historyPage,
  historyQuery,
  messagePage,
  messageParam,
  reactionParam,
  stored,
  syncQuery,
  type Stored,
} from '../../protocol/conversations.ts';
import { uuidv7 } from '../../protocol/ids.ts';
import { requireSession } from '../auth/require-session.ts';
import type { App, AppContext } from '../http/context.ts';
import { describe } from '../http/openapi.ts';
import { answer } from '../http/problems.ts';
import { body, param, query } from '../http/validation.ts';
import { conversationObject } from '../objects.ts';

const TAG = 'Messages';
const PATH = '/conversations/:conversation_id/messages';
const BODY_REFUSALS = ['not_found', 'conflict', 'stale', 'forbidden', 'too_large', 'unsupported_media'] as const;
const CHANGE_REFUSALS = ['not_found', 'conflict', 'forbidden', 'gone'] as const;

export const messages = new Hono<App>()
  .post(
    PATH,
    describe({
      summary: 'Send a message',
      description: 'Idempotent by `global_id`.',
      tag: TAG,
      answers: { 200: ['It was stored before', stored], 201: ['It is stored', stored] },
      refusals: BODY_REFUSALS,
    }),
    requireSession,
    param(conversationParam),
    body(sendBody),
    (c) => submit(c, c.req.valid('param').conversation_id, { op: 'send', ...c.req.valid('json') }),
  )
  .patch(
    `${PATH}/:message_id`,
    describe({
      summary: 'Edit an own message',
      tag: TAG,
      answers: { 200: ['It was stored before', stored], 201: ['The edit is stored', stored] },
      refusals: [...BODY_REFUSALS, 'gone'],
    }),
    requireSession,
    param(messageParam),
    body(editBody),
    (c) => {
      const { conversation_id, message_id } = c.req.valid('param');
      const { global_id, content } = c.req.valid('json');
      return submit(c, conversation_id, { op: 'edit', global_id: global_id ?? newId(), target: message_id, content });
    },
  )
  .delete(
    `${PATH}/:message_id`,
    describe({
      summary: 'Delete a message',
      tag: TAG,
      answers: { 200: ['It was deleted before', stored], 201: ['The deletion is stored', stored] },
      refusals: CHANGE_REFUSALS,
    }),
    requireSession,
    param(messageParam),
    query(changeQuery),
    (c) => {
      const { conversation_id, message_id } = c.req.valid('param');
      return submit(c, conversation_id, { op: 'delete', global_id: c.req.valid('query').global_id ?? newId(), target: message_id });
    },
  )
  .put(
    `${PATH}/:message_id/reactions/:emoji`,
    describe({
      summary: 'Put a reaction on a message',
      tag: TAG,
      answers: { 200: ['It was there', stored], 201: ['The reaction is stored', stored] },
      refusals: CHANGE_REFUSALS,
    }),
    requireSession,
    param(reactionParam),
    query(changeQuery),
    (c) => react(c, c.req.valid('param'), c.req.valid('query').global_id, true),
  )
  .delete(
    `${PATH}/:message_id/reactions/:emoji`,
    describe({
      summary: 'Take a reaction off a message',
      tag: TAG,
      answers: { 200: ['It was not there', stored], 201: ['The change is stored', stored] },
      refusals: CHANGE_REFUSALS,
    }),
    requireSession,
    param(reactionParam),
    query(changeQuery),
    (c) => react(c, c.req.valid('param'), c.req.valid('query').global_id, false),
  )
  .get(
    PATH,
    describe({
      summary: 'History, newest first',
      description: 'Messages in their present state; changes are left out. `events=true`: membership and title entries too.',
      tag: TAG,
      answers: { 200: ['A page', historyPage] },
      refusals: ['not_found'],
    }),
    requireSession,
    param(conversationParam),
    query(historyQuery),
    async (c) => {
      const object = conversationObject(c.env, c.req.valid('param').conversation_id);
      return answer(await object.history(c.get('session').user_id, c.req.valid('query')), json);
    },
  )
  .get(
    '/messages/sync',
    describe({
      summary: 'Everything after a number, oldest first',
      description: 'Changes included; messages in their present state.',
      tag: TAG,
      answers: { 200: ['A page', messagePage] },
      refusals: ['not_found'],
    }),
    requireSession,
    query(syncQuery),
    async (c) => {
      const { conversation_id, after_message_id, limit } = c.req.valid('query');
      return answer(await conversationObject(c.env, conversation_id).sync(c.get('session').user_id, after_message_id, limit), json);
    },
  );

interface Target {
  conversation_id: string;
  message_id: number;
  emoji: string;
}

function react(
  c: AppContext,
  { conversation_id, message_id, emoji }: Target,
  globalId: string | undefined,
  on: boolean,
): Promise<Response> {
  return submit(c, conversation_id, { op: 'react', global_id: globalId ?? newId(), target: message_id, emoji, on });
}

async function submit(c: AppContext, conversationId: string, frame: LogFrame): Promise<Response> {
  const submitted = await conversationObject(c.env, conversationId).submit(c.get('session').user_id, frame);
  return answer(submitted, ({ message_id, timestamp, repeated }) =>
    c.json({ global_id: frame.global_id, message_id, timestamp } satisfies Stored, repeated ? 200 : 201),
  );
}

const newId = (): string => uuidv7(Date.now());

/** The object has serialised the page already. */
const json = (text: string): Response => new Response(text, { headers: { 'content-type': 'application/json' } });
