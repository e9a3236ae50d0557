/** What the platform hands to the Worker (wrangler.toml, `.dev.vars`). */
import type { Bindings } from '../durable/bindings.ts';

export interface Env extends Bindings {
  SIGN_IN_THROTTLE: DurableObjectNamespace;
  PUSH_QUEUE: Queue;
  MEDIA: R2Bucket;
  IMAGES: ImagesBinding;
  ASSETS: Fetcher;
  API_RATE_LIMIT: RateLimit;
  API_RATE_LIMIT_RELAXED: RateLimit;
  VERSION: WorkerVersionMetadata;
  /** Signs sessions; 32 random bytes or more. */
  AUTH_SECRET: string;
  ALLOWED_ORIGINS?: string;
  /** Bring your own users: a JWKS, or a shared secret (HS256). */
  AUTH_JWKS_URL?: string;
  AUTH_JWT_SECRET?: string;
  AUTH_JWT_ISSUER?: string;
  AUTH_JWT_AUDIENCE?: string;
}
