/** Secrets of the local server (.dev.vars): made once, kept, never printed. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';

const SECRETS = ['AUTH_SECRET'];

/**
 * The file with every secret in it; what is there stays.
 * @param {string} text
 * @param {() => string} random
 */
export function withSecrets(text, random) {
  const missing = SECRETS.filter((name) => !new RegExp(`^\\s*${name}\\s*=\\s*\\S`, 'm').test(text));
  const start = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return start + missing.map((name) => `${name}="${random()}"\n`).join('');
}

/** @param {string} path */
export function ensureSecrets(path) {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const after = withSecrets(before, () => randomBytes(32).toString('base64url'));
  if (after === before) return;
  writeFileSync(path, after, { mode: 0o600 });
  chmodSync(path, 0o600);
}
