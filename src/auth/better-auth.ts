/**
 * The instance of better-auth behind `/v1/auth`: email and password, user names, bearer tokens.
 * Built once per isolate for each of http and https (the cookie is `Secure` on one of them).
 * Sessions live in their users' objects (`session-adapter.ts`), and what ends one there closes its sockets too.
 */
import { betterAuth } from 'better-auth';
import { APIError } from 'better-auth/api';
import { bearer, username } from 'better-auth/plugins';
import { RELAXED_FACTOR, SESSION_LIFETIME_MS } from '../../protocol/limits.ts';
import { foldName } from '../../store/names.ts';
import type { Env } from '../env.ts';
import { listedOrigins } from '../http/origin.ts';
import { logEvent } from '../http/log.ts';
import { nameProblem, pictureProblem } from './identity.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { databaseOf } from './session-adapter.ts';

const SESSION_RENEWAL_S = 24 * 3_600;

export type Auth = ReturnType<typeof build>;

export function authOf(env: Env, url: string): Auth {
  const protocol = new URL(url).protocol;
  const built = instances.get(env) ?? new Map<string, Auth>();
  instances.set(env, built);
  const auth = built.get(protocol) ?? build(env, protocol);
  built.set(protocol, auth);
  return auth;
}

const instances = new WeakMap<Env, Map<string, Auth>>();

function build(env: Env, protocol: string) {
  const factor = env.LIMITS === 'relaxed' ? RELAXED_FACTOR : 1;
  const perMinute = (max: number) => ({ window: 60, max: max * factor });
  return betterAuth({
    basePath: '/v1/auth',
    secret: env.AUTH_SECRET,
    database: databaseOf(env),
    trustedOrigins: (request) => (request === undefined ? listedOrigins(env) : [new URL(request.url).origin, ...listedOrigins(env)]),
    emailAndPassword: { enabled: true, password: { hash: hashPassword, verify: verifyPassword } },
    plugins: [username({ displayUsername: false }), bearer({ requireSignature: true })],
    session: { expiresIn: SESSION_LIFETIME_MS / 1_000, updateAge: SESSION_RENEWAL_S },
    verification: { storeIdentifier: 'hashed' },
    user: { additionalFields: { name_folded: { type: 'string', required: false, input: false, returned: false } } },
    advanced: {
      useSecureCookies: protocol === 'https:',
      // Our own check of the origin (src/http/origin.ts) stands before this handler.
      disableCSRFCheck: true,
      database: { generateId: 'uuid', joins: true, validateSchema: false },
      ipAddress: { ipAddressHeaders: ['cf-connecting-ip'] },
    },
    rateLimit: {
      enabled: true,
      storage: 'memory',
      window: 60,
      max: 600 * factor,
      customRules: { '/sign-up/*': perMinute(30), '/sign-in/*': perMinute(60), '/change-password': perMinute(20) },
    },
    disabledPaths: [
      '/error',
      '/sign-in/social',
      '/callback/:id',
      '/link-social',
      '/ok',
      // They hand out or take tokens, of which only hashes are kept: `/v1/devices` lists and removes.
      '/list-sessions',
      '/revoke-session',
      '/update-session',
    ],
    databaseHooks: {
      user: {
        create: { before: async (user) => ({ data: { ...user, ...checkedIdentity(user) } }) },
        update: { before: async (user) => ({ data: { ...user, ...checkedIdentity(user) } }) },
      },
    },
    logger: {
      level: 'error',
      // Its further arguments may hold addresses and tokens.
      log: (level, message) => logEvent(level === 'error' ? 'error' : 'warn', 'auth', { message: message.split(':')[0] }),
    },
    telemetry: { enabled: false },
  });
}

/** What people call themselves is checked here, since better-auth takes any string; a name brings its searchable form. */
function checkedIdentity(user: Record<string, unknown>): { name?: string; name_folded?: string } {
  const { name, image } = user;
  const fault = (name === undefined ? undefined : nameProblem(name)) ?? (image === undefined ? undefined : pictureProblem(image));
  if (fault !== undefined) throw new APIError('BAD_REQUEST', { message: fault, code: 'INVALID_PROFILE' });
  return typeof name === 'string' ? { name: name.trim(), name_folded: foldName(name.trim()) } : {};
}
