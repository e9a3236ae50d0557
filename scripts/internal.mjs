/**
 * Sends a signed command to a server: `AUTH_SECRET=… node scripts/internal.mjs URL conversations/ID/wake [JSON]`.
 * Prints what it answers; exit code 1 when it is not 200.
 */
import { createHmac } from 'node:crypto';

/** @param {string} secret @param {string} path @param {string} time @param {string} body */
function signatureOf(secret, path, time, body) {
  const key = createHmac('sha256', secret).update('natter internal v1').digest();
  const mac = createHmac('sha256', key).update(['POST', path, time, body].join('\n')).digest('hex');
  return `t=${time},v1=${mac}`;
}

const [, , server, command, body = ''] = process.argv;
const secret = process.env.AUTH_SECRET;
if (server === undefined || command === undefined || secret === undefined) {
  process.stderr.write('AUTH_SECRET=… node scripts/internal.mjs URL conversations/ID/wake [JSON]\n');
  process.exit(2);
}
const url = new URL(`/v1/internal/${command}`, server);
const headers = { 'natter-signature': signatureOf(secret, url.pathname, String(Date.now()), body) };
const answer = await fetch(url, { method: 'POST', headers, body });
process.stdout.write(`${answer.status} ${await answer.text()}\n`);
if (!answer.ok) process.exitCode = 1;
