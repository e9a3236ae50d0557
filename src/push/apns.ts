/**
 * Apple Push Notification service
 * (https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns, its errors:
 * …/handling-notification-responses-from-apns). The token comes from one object, since Apple counts how many are made.
 */
import * as z from 'zod/mini';
import type { PushAddress } from '../../protocol/devices.ts';
import { REUSE_MS, type ApnsToken } from '../../durable/provider-token.ts';
import type { PushPayload } from '../../durable/user-inbox/push-api.ts';
import type { Env } from '../env.ts';
import { at, collapseKeyOf, isPassing, later, NOTIFICATION_LIFETIME_S, unconfigured, type Provider } from './provider.ts';

type ApnsAddress = Extract<PushAddress, { kind: 'apns' }>;

const HOST = 'https://api.push.apple.com';
const SANDBOX_HOST = 'https://api.sandbox.push.apple.com';
const GONE: ReadonlySet<string> = new Set(['BadDeviceToken', 'Unregistered', 'ExpiredToken', 'DeviceTokenNotForTopic']);

export const apns: Provider<ApnsAddress> = {
  async prepare({ token, topic, sandbox }, payload, env, now) {
    const bearer = await providerToken(env, now);
    if (bearer === null) return unconfigured('APNs');
    const request = new Request(at(`${sandbox === true ? SANDBOX_HOST : HOST}/3/device/${token}`, env.APNS_ORIGIN), {
      method: 'POST',
      headers: {
        authorization: `bearer ${bearer}`,
        'content-type': 'application/json',
        'apns-topic': topic,
        'apns-push-type': 'alert',
        'apns-priority': '10',
        'apns-expiration': String(Math.floor(now / 1_000) + NOTIFICATION_LIFETIME_S),
        'apns-collapse-id': collapseKeyOf(payload),
      },
      body: JSON.stringify(bodyOf(payload)),
      redirect: 'manual',
    });
    return { ok: true, request };
  },

  async judge(response, request, env, now) {
    const { status } = response;
    if (response.ok) {
      await response.body?.cancel();
      return { outcome: 'sent', detail: `APNs answered ${status}` };
    }
    const reason = errorAnswer.safeParse(await response.json().catch(() => null)).data?.reason;
    const detail = `APNs answered ${status}${reason === undefined ? '' : ` ${reason}`}`;
    if (status === 410 || (reason !== undefined && GONE.has(reason))) return { outcome: 'gone', detail };
    if (reason === 'ExpiredProviderToken') {
      await renew(env, request.headers.get('authorization')?.slice('bearer '.length) ?? '', now);
      return later(detail, response, now);
    }
    return isPassing(status) ? later(detail, response, now) : { outcome: 'failed', detail };
  },
};

const errorAnswer = z.object({ reason: z.optional(z.string()) });

/** What the object last gave to this isolate, and with which key. */
let known: (ApnsToken & { key: string }) | null = null;

async function providerToken(env: Env, now: number): Promise<string | null> {
  const key = `${env.APNS_TEAM_ID ?? ''}.${env.APNS_KEY_ID ?? ''}`;
  if (known !== null && known.key === key && now < known.made_at + REUSE_MS) return known.token;
  const fresh = await signer(env).apns(now);
  known = fresh === null ? null : { ...fresh, key };
  return fresh?.token ?? null;
}

async function renew(env: Env, refused: string, now: number): Promise<void> {
  if (known?.token === refused) known = null;
  await signer(env).apns(now, refused);
}

const signer = ({ PROVIDER_TOKEN }: Env) => PROVIDER_TOKEN.get(PROVIDER_TOKEN.idFromName('apns'));

function bodyOf(payload: PushPayload) {
  const { conversation_id, message_id, title, body, badge } = payload;
  return {
    aps: { alert: { title, body }, badge, sound: 'default', 'thread-id': collapseKeyOf(payload) },
    conversation_id,
    message_id,
  };
}
