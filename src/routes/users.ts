/** Looking other people up. What is shown is public: never an email. */
import { Hono } from 'hono';
import * as z from 'zod/mini';
import { publicProfile, userList, usersQuery, type UserList } from '../../protocol/accounts.ts';
import { uuid } from '../../protocol/message.ts';
import { usersById, usersByPrefix, usersByUsername } from '../../store/directory.ts';
import { requireSession } from '../auth/require-session.ts';
import type { App } from '../http/context.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { describe } from '../http/openapi.ts';
import { refused } from '../http/problems.ts';
import { param, query } from '../http/validation.ts';

export const users = new Hono<App>()
  .get(
    '/users',
    describe({
      summary: 'Look people up',
      description:
        'Exactly one of `username` (exact, any case), `prefix` (of user name or display name, any case) and `ids` (comma-separated). ' +
        'Only a prefix is paged; a page may be short while there is a `cursor`, and leaves out whose `privacy.search` does not let one find them.',
      tag: 'Accounts',
      answers: { 200: ['Those that exist', userList] },
    }),
    requireSession,
    query(usersQuery),
    async (c) => {
      const { username, prefix, ids, cursor, limit } = c.req.valid('query');
      if (username !== undefined) return c.json(listOf(await usersByUsername(c.env.DB, username)));
      if (ids !== undefined) return c.json(listOf(await usersById(c.env.DB, ids)));
      const place = cursor === undefined ? ['', ''] : decodeCursor(cursor, 2);
      if (place === undefined) return refused({ code: 'bad_request', detail: 'The cursor is none of ours.' });
      const [key = '', id = ''] = place;
      const page = await usersByPrefix(c.env.DB, c.get('session').user_id, prefix ?? '', { key, id }, limit);
      return c.json({
        users: page.users,
        cursor: page.next === null ? null : encodeCursor([page.next.key, page.next.id]),
      } satisfies UserList);
    },
  )
  .get(
    '/users/:user_id',
    describe({ summary: 'A public profile', tag: 'Accounts', answers: { 200: ['The profile', publicProfile] }, refusals: ['not_found'] }),
    requireSession,
    param(z.object({ user_id: uuid })),
    async (c) => {
      const [profile] = await usersById(c.env.DB, [c.req.valid('param').user_id]);
      return profile === undefined ? refused({ code: 'not_found', detail: 'There is no such user.' }) : c.json(profile);
    },
  );

const listOf = (found: UserList['users']): UserList => ({ users: found, cursor: null });
