/**
 * Firebase Cloud Messaging, HTTP v1
 * (https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages, its errors: …/rest/v1/FcmError).
 * The same facts go as data for an app that shows the notification itself.
 */
import * as z from 'zod/mini';
import type { PushAddress } from '../../protocol/devices.ts';
import type { PushPayload } from '../../durable/user-inbox/push-api.ts';
import { fcmToken, forgetFcmToken, serviceAccountIn } from './fcm-token.ts';
import { at, collapseKeyOf, isPassing, later, NOTIFICATION_LIFETIME_S, unconfigured, unprepared, type Provider } from './provider.ts';

type FcmAddress = Extract<PushAddress, { kind: 'fcm' }>;

export const fcm: Provider<FcmAddress> = {
  async prepare({ token }, payload, env, now) {
    const account = serviceAccountIn(env.FCM_SERVICE_ACCOUNT);
    if (account === null) return unconfigured('FCM');
    const bearer = await fcmToken(account, env.FCM_ORIGIN, now);
    if (typeof bearer !== 'string') return unprepared(await tokenRefused(bearer, now));
    const url = `https://fcm.googleapis.com/v1/projects/${encodeURIComponent(account.project_id)}/messages:send`;
    const request = new Request(at(url, env.FCM_ORIGIN), {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: JSON.stringify({ message: messageOf(token, payload) }),
      redirect: 'manual',
    });
    return { ok: true, request };
  },

  async judge(response, request, _env, now) {
    const { status } = response;
    if (response.ok) {
      await response.body?.cancel();
      return { outcome: 'sent', detail: `FCM answered ${status}` };
    }
    const error = errorAnswer.safeParse(await response.json().catch(() => null)).data?.error;
    const code = error?.details?.find(({ errorCode }) => errorCode !== undefined)?.errorCode ?? error?.status;
    const detail = `FCM answered ${status}${code === undefined ? '' : ` ${code}`}`;
    if (status === 404 || code === 'UNREGISTERED' || (code === 'INVALID_ARGUMENT' && isAboutToken(error)))
      return { outcome: 'gone', detail };
    if (status === 401) {
      forgetFcmToken(request.headers.get('authorization')?.slice('Bearer '.length) ?? '');
      return later(detail, response, now);
    }
    return isPassing(status) ? later(detail, response, now) : { outcome: 'failed', detail };
  },
};

const errorAnswer = z.object({
  error: z.object({
    status: z.optional(z.string()),
    message: z.optional(z.string()),
    details: z.optional(
      z.array(
        z.object({
          errorCode: z.optional(z.string()),
          fieldViolations: z.optional(z.array(z.object({ field: z.optional(z.string()) }))),
        }),
      ),
    ),
  }),
});

/** A message of ours that is at fault for another reason would make every address look dead. */
function isAboutToken(error: z.infer<typeof errorAnswer>['error'] | undefined): boolean {
  const violations = error?.details?.flatMap(({ fieldViolations }) => fieldViolations ?? []) ?? [];
  if (violations.length > 0) return violations.some(({ field }) => field === 'message.token');
  return /registration token/i.test(error?.message ?? '');
}

async function tokenRefused(response: Response, now: number) {
  await response.body?.cancel();
  const detail = `Google answered ${response.status} when asked for a token`;
  return isPassing(response.status) ? later(detail, response, now) : ({ outcome: 'failed', detail } as const);
}

function messageOf(token: string, payload: PushPayload) {
  const { conversation_id, message_id, title, body, badge } = payload;
  return {
    token,
    notification: { title, body },
    // Every value is a string: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages#resource:-message
    data: { conversation_id, message_id: String(message_id), title, body, badge: String(badge) },
    android: {
      collapse_key: collapseKeyOf(payload),
      priority: 'high',
      ttl: `${NOTIFICATION_LIFETIME_S}s`,
      notification: { tag: collapseKeyOf(payload), notification_count: badge },
    },
  };
}
