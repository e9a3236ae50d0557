/** One's own profile. */
import { Hono } from 'hono';
import { ownProfile as ownProfileSchema, patchProfileBody } from '../../protocol/accounts.ts';
import { changeProfile, ownProfile } from '../../store/accounts.ts';
import { requireSession } from '../auth/require-session.ts';
import type { App, AppContext } from '../http/context.ts';
import { describe } from '../http/openapi.ts';
import { refused } from '../http/problems.ts';
import { body } from '../http/validation.ts';

export const me = new Hono<App>()
  .get(
    '/me',
    describe({ summary: 'Own profile', tag: 'Accounts', answers: { 200: ['The profile, with what others do not see', ownProfileSchema] } }),
    requireSession,
    show,
  )
  .patch(
    '/me',
    describe({
      summary: 'Change the own profile',
      description: 'What is left out stays as it is; `avatar_url: null` takes the picture away.',
      tag: 'Accounts',
      answers: { 200: ['The profile as it is now', ownProfileSchema] },
      refusals: ['unsupported_media', 'too_large'],
    }),
    requireSession,
    body(patchProfileBody),
    async (c) => {
      await changeProfile(c.env.DB, c.get('session').user_id, c.req.valid('json'), Date.now());
      return show(c);
    },
  );

async function show(c: AppContext): Promise<Response> {
  const profile = await ownProfile(c.env.DB, c.get('session').user_id);
  return profile === null ? refused({ code: 'not_found', detail: 'This account no longer exists.' }) : c.json(profile);
}
