/**
 * Apple's push service, as strict as the documents say
 * (https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns,
 * …/handling-notification-responses-from-apns), over HTTP/1.1.
 */
import { exportPKCS8, generateKeyPair, jwtVerify } from 'jose';
import * as z from 'zod/mini';

const body = z.object({
  aps: z.strictObject({
    alert: z.strictObject({ title: z.string(), body: z.string() }),
    badge: z.int(),
    sound: z.string(),
    'thread-id': z.string(),
  }),
});

export interface ApnsNotification {
  token: string;
  headers: Record<string, string>;
  body: z.infer<typeof body> & Record<string, unknown>;
  bytes: number;
}

export interface ApnsMood {
  status: 400 | 403 | 410 | 429 | 500 | 503;
  reason: string;
  retry_after?: string;
}

const BODY_BYTES_MAX = 4_096;
const RENEW_MIN_MS = 20 * 60_000;
const TEAM_ID = 'TEAM123456';
const HOUR_MS = 3_600_000;

export class ApnsService {
  readonly notifications: ApnsNotification[] = [];
  readonly refusals: string[] = [];
  /** Every provider token that was ever used, and when it was first. */
  readonly providerTokens = new Map<string, number>();
  /** Time passes as the test likes. */
  now = Date.now();
  readonly #key: CryptoKeyPair;
  readonly #keyId = crypto.randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase();
  readonly #moods = new Map<string, ApnsMood[]>();

  private constructor(key: CryptoKeyPair) {
    this.#key = key;
  }

  static async start(): Promise<ApnsService> {
    return new ApnsService(await generateKeyPair('ES256', { extractable: true }));
  }

  async settings(): Promise<{ APNS_KEY: string; APNS_KEY_ID: string; APNS_TEAM_ID: string }> {
    return { APNS_KEY: await exportPKCS8(this.#key.privateKey), APNS_KEY_ID: this.#keyId, APNS_TEAM_ID: TEAM_ID };
  }

  /** The app on a device; `moods`: one for each message to come, then all is well. */
  register(moods: ApnsMood[] = []): string {
    const token = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex');
    this.#moods.set(token, moods);
    return token;
  }

  async handle(request: Request): Promise<Response> {
    const token = /^\/3\/device\/([0-9a-fA-F]+)$/.exec(new URL(request.url).pathname)?.[1];
    if (token === undefined) return this.#refuse(404, 'BadPath');
    if (request.method !== 'POST') return this.#refuse(405, 'MethodNotAllowed');
    const fault = await this.#tokenFault(/^bearer (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1]);
    if (fault !== null) return this.#refuse(fault === 'TooManyProviderTokenUpdates' ? 429 : 403, fault);
    const headers = Object.fromEntries(request.headers);
    if (!headers['apns-topic']) return this.#refuse(400, 'MissingTopic');
    if (headers['apns-push-type'] !== 'alert') return this.#refuse(400, 'InvalidPushType');
    if (!['1', '5', '10'].includes(headers['apns-priority'] ?? '')) return this.#refuse(400, 'BadPriority');
    if (!/^\d+$/.test(headers['apns-expiration'] ?? '0')) return this.#refuse(400, 'BadExpirationDate');
    if (Buffer.byteLength(headers['apns-collapse-id'] ?? '') > 64) return this.#refuse(400, 'BadCollapseId');
    const text = await request.text();
    const bytes = Buffer.byteLength(text);
    if (bytes > BODY_BYTES_MAX) return this.#refuse(413, 'PayloadTooLarge');
    const json: unknown = JSON.parse(text || 'null');
    if (!body.safeParse(json).success) return this.#refuse(400, 'PayloadEmpty');
    const moods = this.#moods.get(token);
    if (moods === undefined) return reasonOf(400, 'BadDeviceToken');
    const mood = moods.shift();
    if (mood !== undefined) return reasonOf(mood.status, mood.reason, mood.retry_after);
    this.notifications.push({ token, headers, body: json as ApnsNotification['body'], bytes });
    return new Response(null, { status: 200, headers: { 'apns-id': crypto.randomUUID() } });
  }

  async #tokenFault(token: string | undefined): Promise<string | null> {
    if (token === undefined) return 'MissingProviderToken';
    try {
      const { payload, protectedHeader } = await jwtVerify(token, this.#key.publicKey, {
        issuer: TEAM_ID,
        algorithms: ['ES256'],
        requiredClaims: ['iat'],
        currentDate: new Date(this.now),
      });
      if (protectedHeader.kid !== this.#keyId) return 'InvalidProviderToken';
      if (this.now - payload.iat! * 1_000 > HOUR_MS) return 'ExpiredProviderToken';
    } catch {
      return 'InvalidProviderToken';
    }
    const latest = Math.max(...this.providerTokens.values());
    if (!this.providerTokens.has(token) && this.now - latest < RENEW_MIN_MS) return 'TooManyProviderTokenUpdates';
    if (!this.providerTokens.has(token)) this.providerTokens.set(token, this.now);
    return null;
  }

  #refuse(status: number, reason: string): Response {
    this.refusals.push(reason);
    return reasonOf(status, reason);
  }
}

const reasonOf = (status: number, reason: string, retryAfter?: string): Response =>
  Response.json({ reason }, { status, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter } });
