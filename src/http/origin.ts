/**
 * Who may call from a browser: our own origin and those in ALLOWED_ORIGINS.
 * This takes the place of CSRF tokens: browsers send `Origin` with everything that changes
 * state and with every upgrade, and scripts cannot forge it.
 */
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { Env } from '../env.ts';
import { changesState, isUpgrade, type App, type AppContext } from './context.ts';
import { refused } from './problems.ts';

export const listedOrigins = (env: Pick<Env, 'ALLOWED_ORIGINS'>): string[] => (env.ALLOWED_ORIGINS ?? '').split(/[\s,]+/).filter(Boolean);

/** Nothing but a cookie or an `Origin` marks a browser: with neither, it is Node or a mobile app. */
export function mayCome(c: AppContext): boolean {
  const origin = c.req.header('origin');
  if (origin !== undefined) return origin === new URL(c.req.url).origin || listedOrigins(c.env).includes(origin);
  return c.req.header('cookie') === undefined;
}

export const checkOrigin: MiddlewareHandler<App> = async (c, next) => {
  // A bearer token is no ambient authority: with it alone, the origin says nothing.
  const ambient = isUpgrade(c) || c.req.header('cookie') !== undefined || c.req.path.startsWith('/v1/auth/');
  if ((isUpgrade(c) || (changesState(c) && ambient)) && !mayCome(c)) {
    return refused({ code: 'forbidden', detail: 'This origin may not use the API.' });
  }
  return next();
};

const answerCors = cors({
  origin: (origin, c: AppContext) => (listedOrigins(c.env).includes(origin) ? origin : null),
  credentials: true,
  allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHeaders: ['authorization', 'content-type', 'natter-user'],
  exposeHeaders: ['set-auth-token', 'Retry-After', 'x-request-id'],
  maxAge: 86_400,
});

/** Upgrades know no CORS, and their answer must not be rebuilt. */
export const allowListedOrigins: MiddlewareHandler<App> = (c, next) => (isUpgrade(c) ? next() : answerCors(c, next));
