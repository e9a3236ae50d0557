/** Push notifications as their user sees them: the key to subscribe with, why one came or did not, and a test. */
import { Hono } from 'hono';
import { pushLog, pushTest, pushTestBody, vapidKey, type PushAddress, type PushTest } from '../../protocol/devices.ts';
import { requireSession } from '../auth/require-session.ts';
import type { Env } from '../env.ts';
import type { App } from '../http/context.ts';
import { describe } from '../http/openapi.ts';
import { refused } from '../http/problems.ts';
import { body } from '../http/validation.ts';
import { inboxObject } from '../objects.ts';
import { TEST_PAYLOAD } from '../push/payload.ts';
import type { Answer } from '../push/provider.ts';
import { post, prepare } from '../push/send.ts';
import { vapidKeys } from '../push/vapid.ts';

export const push = new Hono<App>()
  .get(
    '/push/vapid-public-key',
    describe({
      summary: 'The key to subscribe with',
      description: 'The `applicationServerKey` of `PushManager.subscribe`: an uncompressed P-256 point, base64url.',
      tag: 'Push',
      open: true,
      answers: { 200: ['The public key', vapidKey] },
    }),
    (c) => {
      const publicKey = vapidKeys(c.env)?.publicKey;
      if (publicKey === undefined) return refused({ code: 'unavailable', detail: 'Web Push is not configured here.' });
      return c.json({ public_key: publicKey });
    },
  )
  .get(
    '/push/log',
    describe({
      summary: 'Why was I (not) notified',
      description: 'The last decisions, three a conversation, newest first.',
      tag: 'Push',
      answers: { 200: ['The decisions', pushLog] },
    }),
    requireSession,
    async (c) => c.json({ decisions: await inboxObject(c.env, c.get('session').user_id).pushLog() }),
  )
  .post(
    '/push/test',
    describe({
      summary: 'A notification to oneself',
      description: 'What each step answered, in order; it ends with the first that failed.',
      tag: 'Push',
      answers: { 200: ['The steps', pushTest] },
      refusals: ['not_found', 'unsupported_media', 'too_large'],
    }),
    requireSession,
    body(pushTestBody),
    async (c) => {
      const { device_id } = c.req.valid('json');
      const inbox = inboxObject(c.env, c.get('session').user_id);
      const address = await inbox.pushAddress(device_id);
      if (!address.ok) return refused(address.refusal);
      const tried = await tryOut(address.value, c.env);
      if (address.value !== null && tried.last?.outcome === 'gone') {
        const { conversation_id, message_id } = TEST_PAYLOAD;
        const gone = { conversation_id, message_id, device_id, address: address.value, reason: 'address_gone' as const, will_retry: false };
        await inbox.recordPushes([gone]);
      }
      return c.json({ ok: tried.steps.every(({ ok }) => ok), steps: tried.steps } satisfies PushTest);
    },
  );

async function tryOut(address: PushAddress | null, env: Env): Promise<{ steps: PushTest['steps']; last: Answer | null }> {
  if (address === null) return { steps: [{ step: 'address', ok: false, detail: 'this device has no push address' }], last: null };
  const steps: PushTest['steps'] = [{ step: 'address', ok: true, detail: address.kind }];
  const prepared = await prepare(address, TEST_PAYLOAD, env, Date.now());
  if (!prepared.ok) {
    return { steps: [...steps, { step: 'encryption', ok: false, detail: prepared.answer.detail }], last: prepared.answer };
  }
  steps.push({ step: 'encryption', ok: true, detail: 'the message is encrypted and signed' });
  const answer = await post(address, prepared.request, env, () => Date.now());
  steps.push({ step: 'provider', ok: answer.outcome === 'sent', detail: answer.detail });
  return { steps, last: answer };
}
