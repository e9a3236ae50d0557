/** Prints a fresh key for Web Push, to be kept: `node scripts/vapid-key.mjs | npx wrangler secret put VAPID_PRIVATE_KEY`. */
import { vapidKey } from './lib/secrets.mjs';

process.stdout.write(`${vapidKey()}\n`);
