/** Headers that every answer carries, and those that no request may bring. */
import type { MiddlewareHandler } from 'hono';
import { isUpgrade, type App } from './context.ts';

/** Objects trust `x-natter-*`: only the Worker itself may set them. */
export function withoutInternalHeaders(request: Request): Request {
  const internal = [...request.headers.keys()].filter((name) => name.toLowerCase().startsWith('x-natter-'));
  if (internal.length === 0) return request;
  const headers = new Headers(request.headers);
  for (const name of internal) headers.delete(name);
  return new Request(request, { headers });
}

export const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob: https:",
  "media-src 'self' blob:",
  "connect-src 'self' ws: wss:",
  "worker-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ');

const STANDARD: Record<string, string> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'geolocation=(), payment=(), usb=()',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** A route that sets one of these itself (media: its own sandbox) keeps its own. */
export const standardHeaders: MiddlewareHandler<App> = async (c, next) => {
  await next();
  // The answer to an upgrade belongs to the socket: rebuilding it would lose it.
  if (isUpgrade(c) && c.res.status === 101) return;
  const has = c.res.headers;
  for (const [name, value] of Object.entries(STANDARD)) if (!has.has(name)) c.header(name, value);
  if (c.req.path.startsWith('/v1/') && !has.has('cache-control')) c.header('cache-control', 'no-store');
  c.header('x-request-id', c.get('requestId'));
};
