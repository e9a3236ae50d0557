/**
 * The own devices, and where their notifications go. Removing one ends the session that last used
 * it: first in D1, then its sockets, then the device goes, so that what fails can be repeated.
 */
import { Hono } from 'hono';
import { device, deviceList, deviceParam, pushAddress, putDeviceBody, type DeviceList } from '../../protocol/devices.ts';
import { requireSession } from '../auth/require-session.ts';
import { endSessionById } from '../auth/revocation.ts';
import type { App, AppContext } from '../http/context.ts';
import { describe } from '../http/openapi.ts';
import { answer, refused } from '../http/problems.ts';
import { body, param } from '../http/validation.ts';
import { inboxObject } from '../objects.ts';

const TAG = 'Devices';

export const devices = new Hono<App>()
  .get(
    '/devices',
    describe({ summary: 'Own devices', tag: TAG, answers: { 200: ['All of them', deviceList] } }),
    requireSession,
    async (c) => {
      const { user_id, session_id } = c.get('session');
      return c.json({ devices: await inboxObject(c.env, user_id).devices(session_id) } satisfies DeviceList);
    },
  )
  .put(
    '/devices/:device_id',
    describe({
      summary: 'Register or rename a device',
      description: 'Twenty at most: a 21st drops the longest unused, and ends its session if no other device uses it.',
      tag: TAG,
      answers: { 200: ['The device', device] },
      refusals: ['too_large', 'unsupported_media'],
    }),
    requireSession,
    param(deviceParam),
    body(putDeviceBody),
    async (c) => {
      const { user_id, session_id } = c.get('session');
      const put = await inboxObject(c.env, user_id).putDevice(session_id, c.req.valid('param').device_id, c.req.valid('json'));
      await endDropped(c, put.ended_session_id);
      return c.json(put.device);
    },
  )
  .delete(
    '/devices/:device_id',
    describe({
      summary: 'Remove a device',
      description: 'Ends the session that last used it, closes its sockets and forgets its push address.',
      tag: TAG,
      answers: { 204: ['It is gone, and signed out'] },
      refusals: ['not_found'],
    }),
    requireSession,
    param(deviceParam),
    async (c) => {
      const { user_id } = c.get('session');
      const { device_id } = c.req.valid('param');
      const found = await inboxObject(c.env, user_id).deviceSession(device_id);
      if (!found.ok) return refused(found.refusal);
      await endDropped(c, found.value.session_id);
      return answer(await inboxObject(c.env, user_id).deleteDevice(device_id), () => c.body(null, 204));
    },
  )
  .put(
    '/devices/:device_id/push',
    describe({
      summary: 'Where the notifications of a device go',
      description: 'A device that is not known yet is registered. An address belongs to one device: another one of yours loses it.',
      tag: TAG,
      answers: { 200: ['The device', device] },
      refusals: ['not_found', 'too_large', 'unsupported_media'],
    }),
    requireSession,
    param(deviceParam),
    body(pushAddress),
    async (c) => {
      const { user_id, session_id } = c.get('session');
      const { device_id } = c.req.valid('param');
      const { ended_session_id } = await inboxObject(c.env, user_id).touchDevice(session_id, device_id);
      await endDropped(c, ended_session_id);
      return answer(await inboxObject(c.env, user_id).putPushAddress(session_id, device_id, c.req.valid('json')), (put) => c.json(put));
    },
  )
  .delete(
    '/devices/:device_id/push',
    describe({ summary: 'No more notifications on a device', tag: TAG, answers: { 200: ['The device', device] }, refusals: ['not_found'] }),
    requireSession,
    param(deviceParam),
    async (c) => {
      const { user_id, session_id } = c.get('session');
      const deleted = await inboxObject(c.env, user_id).deletePushAddress(session_id, c.req.valid('param').device_id);
      return answer(deleted, (left) => c.json(left));
    },
  );

async function endDropped(c: AppContext, sessionId: string | null): Promise<void> {
  if (sessionId !== null) await endSessionById(c.env, c.get('session').user_id, sessionId, c.req.url);
}
