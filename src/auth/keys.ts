/** Keys for signatures, derived from AUTH_SECRET: one for each purpose, so that what is signed for one never counts for another. */
const keys = new Map<string, Promise<CryptoKey>>();

/** What better-auth signs cookies with: the secret itself. */
export const cookieKey = (secret: string): Promise<CryptoKey> => remembered(secret, () => hmacKey(new TextEncoder().encode(secret)));

export function keyFor(purpose: string, secret: string): Promise<CryptoKey> {
  return remembered(`${purpose}\n${secret}`, async () => {
    const derived = await crypto.subtle.sign('HMAC', await cookieKey(secret), new TextEncoder().encode(`natter ${purpose}`));
    return hmacKey(new Uint8Array(derived));
  });
}

function remembered(name: string, make: () => Promise<CryptoKey>): Promise<CryptoKey> {
  const known = keys.get(name) ?? make();
  keys.set(name, known);
  return known;
}

const hmacKey = (bytes: Uint8Array): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
