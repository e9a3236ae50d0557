/** Secrets of the local server (.dev.vars): made once, kept, never printed. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';

/** @typedef {{ random: () => string, vapidKey: () => string }} Makers */

/**
 * Each as it is written in the file; a JWK is full of double quotes.
 * @type {Record<string, (makers: Makers) => string>}
 */
const SECRETS = {
  AUTH_SECRET: ({ random }) => `"${random()}"`,
  VAPID_PRIVATE_KEY: ({ vapidKey: make }) => `'${make()}'`,
};

/** A fresh key for Web Push (RFC 8292): a P-256 private key as a JWK. */
export const vapidKey = () => JSON.stringify(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }));

/**
 * The file with every secret in it; what is there stays.
 * @param {string} text
 * @param {Makers} makers
 */
export function withSecrets(text, makers) {
  const missing = Object.entries(SECRETS).filter(([name]) => !new RegExp(`^[ \\t]*${name}[ \\t]*=[ \\t]*\\S`, 'm').test(text));
  const start = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return start + missing.map(([name, make]) => `${name}=${make(makers)}\n`).join('');
}

/** @param {string} path */
export function ensureSecrets(path) {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const after = withSecrets(before, { random: () => randomBytes(32).toString('base64url'), vapidKey });
  if (after === before) return;
  writeFileSync(path, after, { mode: 0o600 });
  chmodSync(path, 0o600);
}
