/**
 * Web Push: RFC 8030 (delivery), 8291 (encryption), 8292 (VAPID). The endpoint comes from a user and is
 * checked before it is called. The topic is a hash, for a push service need not learn which conversation it is.
 */
import { buildPushPayload } from '@block65/webcrypto-web-push';
import type { PushAddress } from '../../protocol/devices.ts';
import { isPublicEndpoint } from './endpoint.ts';
import { at, isPassing, later, NOTIFICATION_LIFETIME_S, unconfigured, unprepared, type Provider } from './provider.ts';
import { vapidKeys } from './vapid.ts';

type WebAddress = Extract<PushAddress, { kind: 'web' }>;

/** At most 32 characters of base64url (RFC 8030, 5.4). */
const TOPIC_CHARACTERS = 32;

export const webPush: Provider<WebAddress> = {
  async prepare({ subscription }, payload, env) {
    const keys = vapidKeys(env);
    if (keys === null || !keys.subject) return unconfigured('Web Push');
    const { endpoint, expirationTime } = subscription;
    if (!env.WEB_PUSH_ORIGIN && !isPublicEndpoint(endpoint)) {
      return unprepared({ outcome: 'gone', detail: 'the endpoint is no public push service' });
    }
    const options = { ttl: NOTIFICATION_LIFETIME_S, urgency: 'high' as const, topic: await topicOf(payload.conversation_id) };
    const built = await buildPushPayload(
      { data: JSON.stringify(payload), options },
      { endpoint, keys: subscription.keys, expirationTime: expirationTime ?? null },
      keys,
    ).catch(() => null);
    if (built === null) return unprepared({ outcome: 'gone', detail: 'the keys of the subscription are of no use' });
    const { headers, body } = built;
    const request = new Request(at(endpoint, env.WEB_PUSH_ORIGIN), { method: 'POST', headers, body, redirect: 'manual' });
    return { ok: true, request };
  },

  async judge(response, _request, _env, now) {
    await response.body?.cancel();
    const { status } = response;
    const detail = `the push service answered ${status}`;
    if (response.ok) return { outcome: 'sent', detail };
    if (status === 404 || status === 410) return { outcome: 'gone', detail };
    return isPassing(status) ? later(detail, response, now) : { outcome: 'failed', detail };
  },
};

export async function topicOf(conversationId: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(conversationId));
  return Buffer.from(hash).toString('base64url').slice(0, TOPIC_CHARACTERS);
}
