/** The Worker's app in this isolate, with any binding replaced, and people to use it. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env as bound } from 'cloudflare:workers';
import type { Privacy } from '../../../protocol/accounts.ts';
import type { Problem } from '../../../protocol/errors.ts';
import { uuidv7 } from '../../../protocol/ids.ts';
import { app } from '../../../src/app.ts';
import type { Env } from '../../../src/env.ts';

export const ORIGIN = 'https://natter.test';
const real = bound as unknown as Env;

/** With the objects as they are. */
export const wholeEnv = (overrides: Partial<Env> = {}): Env => ({ ...real, ...overrides });

export interface ObjectCalls {
  /** User (the object's name) and session. */
  endSession: [string, string][];
  /** User (the object's name), and what the object was told. */
  setPrivacy: [string, Privacy][];
}

/** The real bindings, except what concerns others: that is only noted. Sessions are in the real objects. */
export function testEnv(overrides: Partial<Env> = {}): { env: Env; calls: ObjectCalls } {
  const calls: ObjectCalls = { endSession: [], setPrivacy: [] };
  const inbox = (name: string) => ({
    endSession: (sessionId: string, expiresAt?: number) => {
      calls.endSession.push([name, sessionId]);
      return realInbox(name).endSession(sessionId, expiresAt);
    },
    setPrivacy: async (privacy: Privacy) => void calls.setPrivacy.push([name, privacy]),
  });
  const conversation = (): object => ({});
  const env: Env = {
    ...real,
    USER_INBOX: inboxesOf(inbox),
    CONVERSATION: namespaceOf<Env['CONVERSATION']>(conversation),
    ...overrides,
  };
  return { env, calls };
}

export const namespaceOf = <T>(object: (name: string) => object): T =>
  ({ idFromName: (name: string) => ({ name }), get: (id: { name: string }) => object(id.name) }) as T;

const realInbox = (name: string) => real.USER_INBOX.get(real.USER_INBOX.idFromName(name));

/** Users' objects that do what is said here, and else what the real ones do. */
export const inboxesOf = (object: (name: string) => object): Env['USER_INBOX'] =>
  namespaceOf<Env['USER_INBOX']>((name) => {
    const inbox = realInbox(name);
    return new Proxy(object(name), {
      get: (target, method) => {
        if (method in target) return Reflect.get(target, method) as unknown;
        return method === 'fetch' ? (request: Request) => inbox.fetch(request) : (Reflect.get(inbox, method) as unknown);
      },
    });
  });

export interface Call {
  method?: string;
  /** Sent as JSON unless it is a string. */
  body?: unknown;
  token?: string | undefined;
  headers?: Record<string, string>;
}

export async function call(env: Env, path: string, { method, body, token, headers = {} }: Call = {}): Promise<Response> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const request = new Request(`${ORIGIN}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      'cf-connecting-ip': address(),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(text === undefined ? {} : { body: text }),
  });
  const context = createExecutionContext();
  const response = await app.fetch(request, env, context);
  await waitOnExecutionContext(context);
  return response;
}

/** A new address each time: the limits by address are not what most tests are about. */
export const address = (): string => `2001:db8:${random16()}:${random16()}::1`;
const random16 = (): string => crypto.getRandomValues(new Uint16Array(1))[0]!.toString(16);

export interface Person {
  user_id: string;
  token: string;
  cookie: string;
  email: string;
  username: string;
  password: string;
}

export async function signUp(env: Env, more: { name?: string; username?: string; email?: string } = {}): Promise<Person> {
  const username = more.username ?? `u${uuidv7(Date.now()).replaceAll('-', '').slice(-20)}`;
  const account = { email: more.email ?? `${username}@example.com`, password: 'correct horse', name: more.name ?? 'Ann', username };
  const response = await call(env, '/v1/auth/sign-up/email', { body: account });
  if (response.status !== 200) throw new Error(`sign-up answered ${response.status}: ${await response.text()}`);
  const { user } = await response.json<{ user: { id: string } }>();
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  return { ...account, user_id: user.id, token: response.headers.get('set-auth-token') ?? '', cookie };
}

export const problemOf = (response: Response): Promise<Problem> => response.json<Problem>();

/** A database that notes every statement it runs, and fails when told to. */
export function watchDatabase(db: D1Database): {
  db: D1Database;
  statements: string[];
  fail(down: boolean): void;
  failAt(sql: RegExp): void;
  failTimes(times: number): void;
} {
  const statements: string[] = [];
  let fails: (sql: string) => boolean = () => false;
  const wrap = (sql: string, statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        if (name === 'bind') return (...values: unknown[]) => wrap(sql, target.bind(...values));
        return async (...args: unknown[]) => {
          statements.push(sql);
          if (fails(sql)) throw new Error('D1_ERROR: Network connection lost.');
          return (await Reflect.apply(value, target, args)) as unknown;
        };
      },
    });
  const watched = new Proxy(db, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name === 'prepare') return (sql: string) => wrap(sql, target.prepare(sql));
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const failTimes = (times: number): void => {
    let left = times;
    fails = () => left-- > 0;
  };
  return {
    db: watched,
    statements,
    fail: (down) => void (fails = () => down),
    failAt: (pattern) => void (fails = (sql) => pattern.test(sql)),
    failTimes,
  };
}
