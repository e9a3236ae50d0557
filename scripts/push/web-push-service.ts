// oxlint-disable-next-line typescript/triple-slash-reference -- the package has no types, and every program that imports this file needs ours
/// <reference path="./http-ece.d.ts" />
/**
 * A push service for browsers, as strict as the real ones: RFC 8030, 8291 and 8292, checked and
 * decrypted with code that is not the sender's. It hands out subscriptions and remembers what came to each.
 */
import { createECDH, randomBytes, type ECDH } from 'node:crypto';
import { decrypt } from 'http_ece';
import { importJWK, jwtVerify } from 'jose';
import type { WebSubscription } from '../../protocol/devices.ts';
import type { PushPayload } from '../../durable/user-inbox/push-api.ts';

export interface Received {
  payload: PushPayload;
  topic: string | null;
  ttl: number;
  urgency: string | null;
  /** Of the body as it came. */
  bytes: number;
}

/** How the service behaves towards one subscription, other than taking the message. */
export interface Mood {
  status: 404 | 410 | 429 | 500 | 503;
  retry_after?: string;
}

interface Subscriber {
  endpoint: URL;
  key: ECDH;
  auth: Buffer;
  moods: Mood[];
  received: Received[];
}

const ORIGIN = 'https://updates.push-service.net';
/** Also why a job of an earlier run is refused. */
export const UNKNOWN = 'no such subscription';
const BODY_BYTES_MAX = 4_096;

export class WebPushService {
  readonly #subscribers = new Map<string, Subscriber>();
  /** What was refused, and why: for a test that expects nothing of the kind. */
  readonly refusals: string[] = [];

  /** @param moods one for each message to come; then all is well */
  subscribe(moods: Mood[] = []): WebSubscription {
    const key = createECDH('prime256v1');
    key.generateKeys();
    const auth = randomBytes(16);
    const endpoint = new URL(`/wpush/v2/${randomBytes(16).toString('hex')}`, ORIGIN);
    this.#subscribers.set(endpoint.pathname, { endpoint, key, auth, moods, received: [] });
    const keys = { p256dh: key.getPublicKey().toString('base64url'), auth: auth.toString('base64url') };
    return { endpoint: endpoint.href, expirationTime: null, keys };
  }

  received({ endpoint }: Pick<WebSubscription, 'endpoint'>): Received[] {
    return this.#subscribers.get(new URL(endpoint).pathname)?.received ?? [];
  }

  async handle(request: Request): Promise<Response> {
    const subscriber = this.#subscribers.get(new URL(request.url).pathname);
    if (subscriber === undefined || request.method !== 'POST') return this.#refuse(404, UNKNOWN);
    const fault = await vapidFault(request.headers.get('authorization'), subscriber.endpoint.origin);
    if (fault !== null) return this.#refuse(403, fault);
    const ttl = request.headers.get('ttl') ?? '';
    if (!/^\d+$/.test(ttl)) return this.#refuse(400, 'TTL is missing');
    if (request.headers.get('content-encoding') !== 'aes128gcm') return this.#refuse(415, 'not aes128gcm');
    const topic = request.headers.get('topic');
    if (topic !== null && !/^[A-Za-z0-9_-]{1,32}$/.test(topic)) return this.#refuse(400, 'the topic is malformed');
    const urgency = request.headers.get('urgency');
    if (urgency !== null && !['very-low', 'low', 'normal', 'high'].includes(urgency)) return this.#refuse(400, 'no such urgency');
    const body = Buffer.from(await request.arrayBuffer());
    if (body.length > BODY_BYTES_MAX) return this.#refuse(413, 'the body is too large');
    const mood = subscriber.moods.shift();
    if (mood !== undefined) {
      return new Response(null, {
        status: mood.status,
        headers: mood.retry_after === undefined ? {} : { 'retry-after': mood.retry_after },
      });
    }
    // A real service cannot look inside; the browser would drop in silence what we refuse here.
    const text = decrypted(body, subscriber);
    if (text === null) return this.#refuse(400, 'the browser could not decrypt it');
    subscriber.received.push({ payload: JSON.parse(text) as PushPayload, topic, ttl: Number(ttl), urgency, bytes: body.length });
    return new Response(null, { status: 201, headers: { location: `${subscriber.endpoint.origin}/m/${subscriber.received.length}` } });
  }

  #refuse(status: number, why: string): Response {
    this.refusals.push(why);
    return Response.json({ why }, { status });
  }
}

const DAY_S = 24 * 3_600;

async function vapidFault(authorization: string | null, audience: string): Promise<string | null> {
  const { t, k } = /^vapid t=(?<t>[\w.-]+), ?k=(?<k>[\w-]+)$/.exec(authorization ?? '')?.groups ?? {};
  if (t === undefined || k === undefined) return 'no VAPID';
  const point = Buffer.from(k, 'base64url');
  if (point.length !== 65 || point[0] !== 4) return 'k is no point';
  const coordinate = (from: number): string => point.subarray(from, from + 32).toString('base64url');
  try {
    const key = await importJWK({ kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(33) }, 'ES256');
    const { payload } = await jwtVerify(t, key, { audience, algorithms: ['ES256'], requiredClaims: ['exp', 'sub'] });
    if (payload.exp! > Date.now() / 1_000 + DAY_S) return 'exp is more than a day ahead';
    return /^(mailto:[^@]+@[^@]+\.[^@]+|https:\/\/.+)$/.test(payload.sub!) ? null : 'sub is no way to reach anybody';
  } catch (error) {
    return error instanceof Error ? error.message : 'the token is malformed';
  }
}

function decrypted(body: Buffer, { key, auth }: Subscriber): string | null {
  try {
    return decrypt(body, { version: 'aes128gcm', privateKey: key, authSecret: auth }).toString('utf8');
  } catch {
    return null;
  }
}
