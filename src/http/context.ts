/** What every handler of the Worker finds in its Hono context. */
import type { Context } from 'hono';
import type { Session } from '../../durable/session.ts';
import type { Env } from '../env.ts';

export interface App {
  Bindings: Env;
  Variables: {
    /** Names this request in its log lines and in `x-request-id`. */
    requestId: string;
    /** Set by `requireSession`. */
    session: Session;
  };
}
export type AppContext = Context<App>;

export const isUpgrade = (c: AppContext): boolean => c.req.header('upgrade')?.toLowerCase() === 'websocket';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
export const changesState = (c: AppContext): boolean => !SAFE_METHODS.has(c.req.method);
