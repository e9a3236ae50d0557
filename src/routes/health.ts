/** Whether this Worker runs, and which version of it. Touches nothing else: D1 being down is no reason to stop serving. */
import { Hono } from 'hono';
import * as z from 'zod/mini';
import { PROTOCOL_VERSION } from '../../protocol/version.ts';
import type { App } from '../http/context.ts';
import { describe } from '../http/openapi.ts';

const healthAnswer = z.object({ ok: z.literal(true), protocol: z.int(), version: z.string() });

export const health = new Hono<App>().get(
  '/healthz',
  describe({ summary: 'Is it running', tag: 'Operation', open: true, answers: { 200: ['It is', healthAnswer] } }),
  (c) => c.json({ ok: true, protocol: PROTOCOL_VERSION, version: c.env.VERSION?.id ?? 'local' }),
);
