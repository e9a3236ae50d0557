/**
 * What `npm start` is told by the environment, checked before anything is done.
 * Pure: takes the environment, answers settings or one sentence.
 */
import { resolve } from 'node:path';

/** Handed on to the Worker when set. Everything else the Worker needs is in wrangler.toml and .dev.vars. */
export const HANDED_ON = [
  'LIMITS',
  'ALLOWED_ORIGINS',
  'CONTACT_POLICY',
  'REACH_LIMITS',
  'ARCHIVE',
  'CONVERSATION_BYTES_MAX',
  'AUTH_JWKS_URL',
  'AUTH_JWT_SECRET',
  'AUTH_JWT_ISSUER',
  'AUTH_JWT_AUDIENCE',
  'WEB_PUSH_ORIGIN',
  'FCM_ORIGIN',
  'APNS_ORIGIN',
  'FCM_SERVICE_ACCOUNT',
  'APNS_KEY',
  'APNS_KEY_ID',
  'APNS_TEAM_ID',
];

/** @typedef {{ port: number, stateDir: string, vars: Record<string, string> }} Settings */

/**
 * @param {Record<string, string | undefined>} env
 * @param {string} root where a relative STATE_DIR starts
 * @returns {{ ok: true, value: Settings } | { ok: false, reason: string }}
 */
export function settingsFrom(env, root) {
  const port = env.PORT === undefined || env.PORT === '' ? 8787 : Number(env.PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    return { ok: false, reason: `PORT must be a whole number from 1 to 65535, not "${env.PORT}".` };
  }
  if (env.LIMITS !== undefined && !['', 'strict', 'relaxed'].includes(env.LIMITS)) {
    return { ok: false, reason: `LIMITS must be "strict" or "relaxed", not "${env.LIMITS}".` };
  }
  const vars = Object.fromEntries(HANDED_ON.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  return { ok: true, value: { port, stateDir: resolve(root, env.STATE_DIR || '.state'), vars } };
}

/** The page that the server of this folder serves. @param {string} stateDir */
export const pageIn = (stateDir) => resolve(stateDir, 'web');

/**
 * Wrangler's command line for the local server.
 * @param {Settings} settings
 */
export function devArguments({ port, stateDir, vars }) {
  return [
    'dev',
    '--local',
    `--port=${port}`,
    // Any free one: two copies must be able to run side by side.
    '--inspector-port=0',
    `--persist-to=${stateDir}`,
    `--assets=${pageIn(stateDir)}`,
    '--show-interactive-dev-session=false',
    ...Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}:${value}`]),
  ];
}

/**
 * Keeps wrangler to this machine and this state folder: no metrics, no questions, no look-up of
 * where we are (`Request.cf`), no registry shared with other servers.
 * @param {string} stateDir
 */
export const quietWrangler = (stateDir) => ({
  CI: 'true',
  NO_COLOR: '1',
  DO_NOT_TRACK: '1',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
  WRANGLER_LOG_PATH: resolve(stateDir, 'logs'),
  WRANGLER_REGISTRY_PATH: resolve(stateDir, 'registry'),
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  X_LOCAL_EXPLORER: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
});
