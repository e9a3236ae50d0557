/**
 * One's own profile. D1 is its truth and is written first; what concerns privacy is then told to the
 * user's object. When that cannot be told the answer is 503: repeating is harmless.
 */
import { Hono } from 'hono';
import { ownProfile as ownProfileSchema, patchProfileBody, type OwnProfile } from '../../protocol/accounts.ts';
import { contactPolicy, privacyOf } from '../../protocol/reach.ts';
import { changeProfile, ownProfile, type StoredProfile } from '../../store/accounts.ts';
import { requireFreshSession, requireSession } from '../auth/require-session.ts';
import type { App, AppContext } from '../http/context.ts';
import { logEvent } from '../http/log.ts';
import { describe } from '../http/openapi.ts';
import { refused } from '../http/problems.ts';
import { body } from '../http/validation.ts';
import { inboxObject } from '../objects.ts';

export const me = new Hono<App>()
  .get(
    '/me',
    describe({ summary: 'Own profile', tag: 'Accounts', answers: { 200: ['The profile, with what others do not see', ownProfileSchema] } }),
    requireFreshSession,
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
      const { user_id } = c.get('session');
      const change = c.req.valid('json');
      await changeProfile(c.env.DB, user_id, change, Date.now());
      const profile = await ownProfile(c.env.DB, user_id);
      if (profile !== null && change.privacy !== undefined) {
        try {
          await inboxObject(c.env, user_id).setPrivacy(profile.privacy);
        } catch (error) {
          logEvent('warn', 'set_privacy_failed', { request_id: c.get('requestId'), error: String(error) });
          return refused({ code: 'unavailable', detail: 'It is kept, but could not be told. Try again.', retry_after: 2 });
        }
      }
      return answerOf(c, profile);
    },
  );

async function show(c: AppContext): Promise<Response> {
  return answerOf(c, await ownProfile(c.env.DB, c.get('session').user_id));
}

function answerOf(c: AppContext, profile: StoredProfile | null): Response {
  if (profile === null) return refused({ code: 'not_found', detail: 'This account no longer exists.' });
  const privacy = privacyOf(profile.privacy, contactPolicy(c.env.CONTACT_POLICY));
  return c.json({ ...profile, privacy } satisfies OwnProfile);
}
