/** A key for Web Push, as `VAPID_PRIVATE_KEY` has it. */
import { exportJWK, generateKeyPair } from 'jose';

export async function makeVapidKey(): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return JSON.stringify(await exportJWK(privateKey));
}
