/** The Worker's entrance: requests, queues, and the classes of the objects. */
import { app } from './app.ts';
import type { Env } from './env.ts';
import { withoutInternalHeaders } from './http/headers.ts';
import { consume } from './push/consumer.ts';
import { isDeadLetters, recordDeadLetters } from './push/dead-letters.ts';

export { Conversation } from '../durable/conversation/object.ts';
export { ProviderToken } from '../durable/provider-token.ts';
export { PushAddress } from '../durable/push-address.ts';
export { SignInThrottle } from '../durable/sign-in/throttle.ts';
export { UserInbox } from '../durable/user-inbox/object.ts';

export default {
  fetch: (request, env, context) => app.fetch(withoutInternalHeaders(request), env, context),
  queue: (batch, env) => (isDeadLetters(batch) ? recordDeadLetters(batch, env, Date.now()) : consume(batch, env, () => Date.now())),
} satisfies ExportedHandler<Env>;
