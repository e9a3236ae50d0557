/**
 * Google's token endpoint and Firebase Cloud Messaging, as strict as the documents say
 * (https://developers.google.com/identity/protocols/oauth2/service-account,
 * https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send).
 */
import { exportPKCS8, generateKeyPair, jwtVerify } from 'jose';
import * as z from 'zod/mini';

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const AUDIENCE = 'https://oauth2.googleapis.com/token';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const strings = z.record(z.string(), z.string());
const sendBody = z.strictObject({
  message: z.strictObject({
    token: z.string(),
    notification: z.optional(z.strictObject({ title: z.string(), body: z.string() })),
    data: z.optional(strings),
    android: z.optional(
      z.strictObject({
        collapse_key: z.optional(z.string()),
        priority: z.optional(z.enum(['normal', 'high'])),
        ttl: z.optional(z.string().check(z.regex(/^\d+(\.\d{1,9})?s$/))),
        notification: z.optional(z.strictObject({ tag: z.optional(z.string()), notification_count: z.optional(z.int()) })),
      }),
    ),
  }),
});
export type FcmMessage = z.infer<typeof sendBody>['message'];

export type FcmMood =
  | 'UNREGISTERED'
  | 'INVALID_TOKEN'
  | 'INVALID_MESSAGE'
  | 'UNAUTHENTICATED'
  | 'QUOTA_EXCEEDED'
  | 'UNAVAILABLE'
  | 'SENDER_ID_MISMATCH';

export class FcmService {
  readonly messages: FcmMessage[] = [];
  readonly refusals: string[] = [];
  tokensMade = 0;
  readonly #key: CryptoKeyPair;
  readonly #email = `sender-${crypto.randomUUID()}@natter-test.iam.gserviceaccount.com`;
  readonly #project = 'natter-test';
  readonly #accessTokens = new Set<string>();
  readonly #moods = new Map<string, FcmMood[]>();

  private constructor(key: CryptoKeyPair) {
    this.#key = key;
  }

  static async start(): Promise<FcmService> {
    return new FcmService(await generateKeyPair('RS256', { extractable: true }));
  }

  /** The value of `FCM_SERVICE_ACCOUNT`. */
  async serviceAccount(): Promise<string> {
    const private_key = await exportPKCS8(this.#key.privateKey);
    return JSON.stringify({
      type: 'service_account',
      project_id: this.#project,
      private_key_id: 'k1',
      private_key,
      client_email: this.#email,
    });
  }

  /** The app on a device; `moods`: one for each message to come, then all is well. */
  register(moods: FcmMood[] = []): string {
    const token = `fcm-${crypto.randomUUID()}`;
    this.#moods.set(token, moods);
    return token;
  }

  async handle(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (request.method !== 'POST') return this.#refuse(405, 'INVALID_ARGUMENT', 'not a POST');
    if (pathname === '/token') return this.#issue(request);
    if (pathname !== `/v1/projects/${this.#project}/messages:send`) return this.#refuse(404, 'NOT_FOUND', `no such address: ${pathname}`);
    const bearer = request.headers.get('authorization')?.match(/^Bearer (.+)$/)?.[1] ?? '';
    if (!this.#accessTokens.has(bearer)) return this.#refuse(401, 'UNAUTHENTICATED', 'no such access token');
    const body = sendBody.safeParse(await request.json().catch(() => null));
    if (!body.success) return this.#refuse(400, 'INVALID_ARGUMENT', JSON.stringify(body.error.issues));
    const { message } = body.data;
    if (JSON.stringify(message.data ?? {}).length > 4_096) return this.#refuse(400, 'INVALID_ARGUMENT', 'the message is too big');
    const moods = this.#moods.get(message.token);
    if (moods === undefined) return errorOf('INVALID_TOKEN');
    const mood = moods.shift();
    if (mood === 'UNAUTHENTICATED') this.#accessTokens.delete(bearer);
    if (mood !== undefined) return errorOf(mood);
    this.messages.push(message);
    return Response.json({ name: `projects/${this.#project}/messages/${this.messages.length}` });
  }

  async #issue(request: Request): Promise<Response> {
    const form = new URLSearchParams(Buffer.from(await request.arrayBuffer()).toString());
    if (request.headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') !== true || form.get('grant_type') !== GRANT) {
      return this.#refuse(400, 'unsupported_grant_type', 'not the grant of a service account');
    }
    try {
      const { payload } = await jwtVerify(form.get('assertion') ?? '', this.#key.publicKey, {
        issuer: this.#email,
        audience: AUDIENCE,
        algorithms: ['RS256'],
        requiredClaims: ['iat', 'exp'],
      });
      if (payload['scope'] !== SCOPE) return this.#refuse(400, 'invalid_scope', 'another scope');
      if (payload.exp! - payload.iat! > 3_600) return this.#refuse(400, 'invalid_grant', 'good for more than an hour');
    } catch (error) {
      return this.#refuse(400, 'invalid_grant', error instanceof Error ? error.message : 'malformed');
    }
    const access_token = `ya29.${crypto.randomUUID()}`;
    this.#accessTokens.add(access_token);
    this.tokensMade += 1;
    return Response.json({ access_token, expires_in: 3_599, token_type: 'Bearer' });
  }

  #refuse(status: number, code: string, why: string): Response {
    this.refusals.push(why);
    return Response.json({ error: { code: status, status: code, message: why } }, { status });
  }
}

const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest';

/** As documented at https://firebase.google.com/docs/reference/fcm/rest/v1/FcmError, and as seen. */
function errorOf(mood: FcmMood): Response {
  const fcm = (errorCode: string) => ({ '@type': FCM_ERROR, errorCode });
  const violation = (field: string) => ({ '@type': BAD_REQUEST, fieldViolations: [{ field, description: 'Invalid value' }] });
  const answers: Record<FcmMood, [number, string, string, object[], Record<string, string>?]> = {
    UNREGISTERED: [404, 'NOT_FOUND', 'Requested entity was not found.', [fcm('UNREGISTERED')]],
    INVALID_TOKEN: [
      400,
      'INVALID_ARGUMENT',
      'The registration token is not a valid FCM registration token',
      [fcm('INVALID_ARGUMENT'), violation('message.token')],
    ],
    INVALID_MESSAGE: [
      400,
      'INVALID_ARGUMENT',
      'Invalid value at message.android',
      [fcm('INVALID_ARGUMENT'), violation('message.android.ttl')],
    ],
    UNAUTHENTICATED: [401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.', []],
    SENDER_ID_MISMATCH: [403, 'PERMISSION_DENIED', 'SenderId mismatch', [fcm('SENDER_ID_MISMATCH')]],
    QUOTA_EXCEEDED: [429, 'RESOURCE_EXHAUSTED', 'Message rate exceeded', [fcm('QUOTA_EXCEEDED')], { 'retry-after': '42' }],
    UNAVAILABLE: [503, 'UNAVAILABLE', 'The server is overloaded', [fcm('UNAVAILABLE')]],
  };
  const [code, status, message, details, headers] = answers[mood];
  return Response.json({ error: { code, message, status, details } }, { status: code, headers: headers ?? {} });
}
