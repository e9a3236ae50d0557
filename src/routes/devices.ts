/**
 * The own devices, and where their notifications go. Removing one ends the session that last used it,
 * in the same call.
 */
import { Hono } from 'hono';
import { device, deviceList, deviceParam, pushAddress, putDeviceBody, type DeviceList } from '../../protocol/devices.ts';
import { requireSession } from '../auth/require-session.ts';
import { dropLegacy } from '../auth/legacy-sessions.ts';
import type { App } from '../http/context.ts';
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
      description: 'Twenty at most: a 21st drops the one that is missed least, whose session goes on. At most 60 new ones an hour.',
      tag: TAG,
      answers: { 200: ['The device', device] },
      refusals: ['too_large', 'unsupported_media', 'rate_limited'],
    }),
    requireSession,
    param(deviceParam),
    body(putDeviceBody),
    async (c) => {
      const { user_id, ...use } = c.get('session');
      const put = await inboxObject(c.env, user_id).putDevice(use, c.req.valid('param').device_id, c.req.valid('json'));
      return answer(put, (named) => c.json(named));
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
      const deleted = await inboxObject(c.env, user_id).deleteDevice(device_id);
      if (!deleted.ok) return refused(deleted.refusal);
      if (deleted.value.session_id !== null) c.executionCtx.waitUntil(dropLegacy(c.env, user_id, deleted.value.session_id));
      return c.body(null, 204);
    },
  )
  .put(
    '/devices/:device_id/push',
    describe({
      summary: 'Where the notifications of a device go',
      description:
        'A device that is not known yet is registered. An address belongs to one device of one user, the last who registered it. ' +
        'It ends with the device, with the session, or after 60 unused days where sessions are an embedding application’s.',
      tag: TAG,
      answers: { 200: ['The device', device] },
      refusals: ['not_found', 'conflict', 'too_large', 'unsupported_media', 'rate_limited', 'unavailable'],
    }),
    requireSession,
    param(deviceParam),
    body(pushAddress),
    async (c) => {
      const { user_id, ...use } = c.get('session');
      const put = await inboxObject(c.env, user_id).putPushAddress(use, c.req.valid('param').device_id, c.req.valid('json'));
      return answer(put, (given) => c.json(given));
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
