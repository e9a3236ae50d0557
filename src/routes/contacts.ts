/** The own contact list. The user's own object holds it; pages come from D1, which mirrors it. */
import { Hono } from 'hono';
import * as z from 'zod/mini';
import { contactList, pageQuery, publicProfile, type ContactList } from '../../protocol/accounts.ts';
import { uuid } from '../../protocol/message.ts';
import { contactsOf } from '../../store/contacts.ts';
import { usersById } from '../../store/directory.ts';
import { requireSession } from '../auth/require-session.ts';
import type { App } from '../http/context.ts';
import { describe } from '../http/openapi.ts';
import { answer, refused } from '../http/problems.ts';
import { param, query } from '../http/validation.ts';
import { inboxObject } from '../objects.ts';
import { changeOf } from './own-lists.ts';
import { peoplePage } from './people-page.ts';

const contactParam = z.object({ user_id: uuid });

export const contacts = new Hono<App>()
  .get(
    '/contacts',
    describe({ summary: 'Own contacts', tag: 'Accounts', answers: { 200: ['A page of them', contactList] } }),
    requireSession,
    query(pageQuery),
    async (c) => {
      const page = await peoplePage(c, c.req.valid('query'), contactsOf);
      return answer(page, ({ people, cursor }) => c.json({ contacts: people, cursor } satisfies ContactList));
    },
  )
  .put(
    '/contacts/:user_id',
    describe({
      summary: 'Add a contact',
      tag: 'Accounts',
      answers: { 200: ['It is in the list', publicProfile] },
      refusals: ['not_found', 'conflict'],
    }),
    requireSession,
    param(contactParam),
    async (c) => {
      const [own, other] = [c.get('session').user_id, c.req.valid('param').user_id];
      if (own === other) return refused({ code: 'bad_request', detail: 'Nobody is their own contact.' });
      const [profile] = await usersById(c.env.DB, [other]);
      if (profile === undefined) return refused({ code: 'not_found', detail: 'There is no such user.' });
      return answer(await changeOf(c, inboxObject(c.env, own).setContact(other, true)), () => c.json(profile));
    },
  )
  .delete(
    '/contacts/:user_id',
    describe({ summary: 'Remove a contact', tag: 'Accounts', answers: { 204: ['It is not in the list'] } }),
    requireSession,
    param(contactParam),
    async (c) => {
      const removed = await changeOf(c, inboxObject(c.env, c.get('session').user_id).setContact(c.req.valid('param').user_id, false));
      return answer(removed, () => c.body(null, 204));
    },
  );
