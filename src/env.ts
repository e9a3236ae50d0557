/** What the platform hands to the Worker (wrangler.toml, `.dev.vars`). */
import type { Bindings } from '../durable/bindings.ts';
import type { ApnsKey, ProviderTokenApi } from '../durable/provider-token.ts';
import type { PushJob } from '../durable/user-inbox/push-api.ts';

export interface Env extends Bindings, ApnsKey {
  SIGN_IN_THROTTLE: DurableObjectNamespace;
  PUSH_QUEUE: Queue<PushJob>;
  PROVIDER_TOKEN: DurableObjectNamespace<ProviderTokenApi>;
  ASSETS: Fetcher;
  API_RATE_LIMIT: RateLimit;
  API_RATE_LIMIT_RELAXED: RateLimit;
  VERSION: WorkerVersionMetadata;
  /** Quotas on reaching strangers: `on`, `off`, or, when absent, on for all but the users of an embedding application. */
  REACH_LIMITS?: string;
  /** Signs sessions; 32 random bytes or more. */
  AUTH_SECRET: string;
  /** The private key of Web Push (RFC 8292), a P-256 JWK; without it there is no Web Push. */
  VAPID_PRIVATE_KEY?: string;
  /** How push services reach the operator: `mailto:` or `https:`. */
  VAPID_SUBJECT?: string;
  /** A Google service account (JSON) with the right to send; without it there is no FCM. */
  FCM_SERVICE_ACCOUNT?: string;
  /** Where a provider's requests go instead of the real host. */
  WEB_PUSH_ORIGIN?: string;
  FCM_ORIGIN?: string;
  APNS_ORIGIN?: string;
  ALLOWED_ORIGINS?: string;
  /** Bring your own users: a JWKS, or a shared secret (HS256). */
  AUTH_JWKS_URL?: string;
  AUTH_JWT_SECRET?: string;
  AUTH_JWT_ISSUER?: string;
  AUTH_JWT_AUDIENCE?: string;
}
