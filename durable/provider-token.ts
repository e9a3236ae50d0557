/**
 * One object that signs the token with which we speak to Apple. Apple refuses a provider that makes
 * a new one more often than every twenty minutes, and one older than an hour
 * (https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns).
 * Isolates of the push consumer come and go all over the world, and what a cache holds stays in one place;
 * so the token is made here, once, and every isolate asks. The time comes from the caller.
 */
import { DurableObject } from 'cloudflare:workers';
import { importPKCS8, SignJWT } from 'jose';

export const REUSE_MS = 40 * 60_000;
const RENEW_MIN_MS = 20 * 60_000;

export interface ApnsToken {
  token: string;
  made_at: number;
}

export interface ProviderTokenApi extends Rpc.DurableObjectBranded {
  /**
   * @param refused a token that Apple no longer takes
   * @returns null when there is no key
   */
  apns(now: number, refused?: string): Promise<ApnsToken | null>;
}

export interface ApnsKey {
  /** PKCS #8, as downloaded from Apple; line breaks may be written as `\n`. */
  APNS_KEY?: string;
  APNS_KEY_ID?: string;
  APNS_TEAM_ID?: string;
}

interface Kept extends ApnsToken {
  key_id: string;
  team_id: string;
}

export class ProviderToken extends DurableObject<ApnsKey> implements ProviderTokenApi {
  #signing: Promise<ApnsToken> | null = null;

  async apns(now: number, refused?: string): Promise<ApnsToken | null> {
    const { APNS_KEY, APNS_KEY_ID, APNS_TEAM_ID } = this.env;
    if (!APNS_KEY || !APNS_KEY_ID || !APNS_TEAM_ID) return null;
    const kept = this.ctx.storage.kv.get<Kept>('apns');
    const reuseMs = kept?.token === refused ? RENEW_MIN_MS : REUSE_MS;
    const isOurs = kept?.key_id === APNS_KEY_ID && kept.team_id === APNS_TEAM_ID;
    if (kept !== undefined && isOurs && now < kept.made_at + reuseMs) return { token: kept.token, made_at: kept.made_at };
    // Who asks while one is being signed gets that one.
    this.#signing ??= this.#sign(APNS_KEY, APNS_KEY_ID, APNS_TEAM_ID, now).finally(() => (this.#signing = null));
    return this.#signing;
  }

  async #sign(pem: string, key_id: string, team_id: string, now: number): Promise<ApnsToken> {
    const key = await importPKCS8(pem.replaceAll(String.raw`\n`, '\n'), 'ES256');
    const token = await new SignJWT()
      .setProtectedHeader({ alg: 'ES256', kid: key_id })
      .setIssuer(team_id)
      .setIssuedAt(Math.floor(now / 1_000))
      .sign(key);
    this.ctx.storage.kv.put<Kept>('apns', { token, made_at: now, key_id, team_id });
    return { token, made_at: now };
  }
}
