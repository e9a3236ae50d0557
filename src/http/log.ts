/**
 * Structured log lines: one JSON object each, one per request.
 * They hold no content, tokens, addresses or ids: of the path only the route's pattern.
 */
import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { App } from './context.ts';

export type Level = 'info' | 'warn' | 'error';

export function logEvent(level: Level, event: string, facts: Record<string, unknown>): void {
  console[level === 'info' ? 'log' : level](JSON.stringify({ level, event, ...facts }));
}

export const requestLog: MiddlewareHandler<App> = async (c, next) => {
  const startedAt = Date.now();
  c.set('requestId', crypto.randomUUID());
  await next();
  logEvent('info', 'request', {
    request_id: c.get('requestId'),
    method: c.req.method,
    // The pattern of what answered: the last that ran.
    route: routePath(c),
    status: c.res.status,
    ms: Date.now() - startedAt,
  });
};
