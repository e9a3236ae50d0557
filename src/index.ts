/** The Worker's entrance: requests, and the classes of the objects. */
import { app } from './app.ts';
import type { Env } from './env.ts';
import { withoutInternalHeaders } from './http/headers.ts';

export { Conversation } from '../durable/conversation/object.ts';
export { SignInThrottle } from '../durable/sign-in-throttle.ts';
export { UserInbox } from '../durable/user-inbox/object.ts';

export default {
  fetch: (request, env, context) => app.fetch(withoutInternalHeaders(request), env, context),
} satisfies ExportedHandler<Env>;
