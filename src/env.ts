/** What the platform hands to the Worker and its objects (wrangler.toml, `.dev.vars`). */
import type { Conversation } from '../durable/conversation/object.ts';
import type { SignInThrottle } from '../durable/sign-in-throttle.ts';
import type { UserInbox } from '../durable/user-inbox/object.ts';

export interface Env {
  DB: D1Database;
  CONVERSATION: DurableObjectNamespace<Conversation>;
  USER_INBOX: DurableObjectNamespace<UserInbox>;
  SIGN_IN_THROTTLE: DurableObjectNamespace<SignInThrottle>;
  PUSH_QUEUE: Queue;
  MEDIA: R2Bucket;
  IMAGES: ImagesBinding;
  ASSETS: Fetcher;
  API_RATE_LIMIT: RateLimit;
  API_RATE_LIMIT_RELAXED: RateLimit;
  VERSION: WorkerVersionMetadata;
  /** Signs sessions; 32 random bytes or more. */
  AUTH_SECRET: string;
  LIMITS?: string;
  ALLOWED_ORIGINS?: string;
  AUTH_JWKS_URL?: string;
  AUTH_JWT_SECRET?: string;
  AUTH_JWT_ISSUER?: string;
  AUTH_JWT_AUDIENCE?: string;
}
