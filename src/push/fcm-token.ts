/**
 * The OAuth token for Firebase (RFC 7523): a JWT of the service account, exchanged at Google and kept
 * in the isolate for 55 of its 60 minutes. Google sets no limit on how many are made, so isolates share none.
 */
import { importPKCS8, SignJWT } from 'jose';
import * as z from 'zod/mini';
import { at } from './provider.ts';

const serviceAccount = z.object({
  project_id: z.string(),
  client_email: z.string(),
  private_key: z.string(),
  private_key_id: z.optional(z.string()),
});
export type ServiceAccount = z.infer<typeof serviceAccount>;

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const KEPT_MS = 55 * 60_000;

export function serviceAccountIn(json: string | undefined): ServiceAccount | null {
  try {
    return serviceAccount.safeParse(JSON.parse(json ?? 'null')).data ?? null;
  } catch {
    return null;
  }
}

/** The token, or the answer of one who did not give it. */
export async function fcmToken(account: ServiceAccount, origin: string | undefined, now: number): Promise<string | Response> {
  const key = `${account.client_email} ${origin ?? ''}`;
  const known = kept.get(key);
  if (known !== undefined && now < known.until) return known.token;
  const response = await fetch(at(TOKEN_URL, origin), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: await assertionOf(account, now),
    }),
    redirect: 'manual',
  });
  if (!response.ok) return response;
  const { access_token, expires_in } = tokenAnswer.parse(await response.json());
  kept.set(key, { token: access_token, until: now + Math.min(KEPT_MS, expires_in * 1_000 - 60_000) });
  return access_token;
}

/** It was refused before its time. */
export function forgetFcmToken(token: string): void {
  for (const [key, known] of kept) if (known.token === token) kept.delete(key);
}

const kept = new Map<string, { token: string; until: number }>();
const tokenAnswer = z.object({ access_token: z.string(), expires_in: z.number() });

async function assertionOf({ client_email, private_key, private_key_id }: ServiceAccount, now: number): Promise<string> {
  const issuedAt = Math.floor(now / 1_000);
  return new SignJWT({ scope: SCOPE })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(private_key_id === undefined ? {} : { kid: private_key_id }) })
    .setIssuer(client_email)
    .setAudience(TOKEN_URL)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + 3_600)
    .sign(await importPKCS8(private_key, 'RS256'));
}
