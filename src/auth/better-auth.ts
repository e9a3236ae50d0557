/**
 * The instance of better-auth behind `/v1/auth`: email and password, user names, bearer tokens.
 * Built once per isolate for each of http and https (the cookie is `Secure` on one of them).
 * Ending a session, whoever asked for it, ends here: its cached facts and its sockets go too.
 */
import { betterAuth } from 'better-auth';
import { APIError } from 'better-auth/api';
import { bearer, username } from 'better-auth/plugins';
import { RELAXED_FACTOR } from '../../protocol/limits.ts';
import { dropEndedSessions } from '../../store/accounts.ts';
import { foldName } from '../../store/names.ts';
import type { Env } from '../env.ts';
import { listedOrigins } from '../http/origin.ts';
import { logEvent } from '../http/log.ts';
import { nameProblem, pictureProblem } from './identity.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { sessionEnded } from './revocation.ts';
import { watchedDatabase } from './watched-database.ts';

export const SESSION_LIFETIME_S = 30 * 24 * 3_600;
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
    database: watchedDatabase(env.DB),
    trustedOrigins: (request) => (request === undefined ? listedOrigins(env) : [new URL(request.url).origin, ...listedOrigins(env)]),
    emailAndPassword: { enabled: true, password: { hash: hashPassword, verify: verifyPassword } },
    plugins: [username({ displayUsername: false }), bearer()],
    session: { expiresIn: SESSION_LIFETIME_S, updateAge: SESSION_RENEWAL_S },
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
    disabledPaths: ['/error', '/sign-in/social', '/callback/:id', '/link-social', '/ok'],
    databaseHooks: {
      user: {
        create: { before: async (user) => ({ data: { ...user, ...checkedIdentity(user) } }) },
        update: { before: async (user) => ({ data: { ...user, ...checkedIdentity(user) } }) },
      },
      session: {
        create: { after: (session) => dropEndedSessions(env.DB, session.userId, Date.now()) },
        delete: { after: (session, context) => sessionEnded(env, session, context?.request?.url) },
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
