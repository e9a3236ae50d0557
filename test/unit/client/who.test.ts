/** [E6] Only a 401 means signed out: whatever else comes in place of `/v1/me` leaves the user known last, and is asked again. */
import { describe, expect, test } from 'vitest';
import { createClient, memoryStorage, NatterError, type Client, type ClientStorage } from '../../../client/src/index.ts';
import type { Environment, ResponseLike } from '../../../client/src/types.ts';
import { createClock } from '../../support/client-clock.ts';
import { createChance } from '../../support/client-random.ts';

const ANN = 'user-ann';

interface Answer {
  status: number;
  body: string;
  /** The connection breaks in the middle of the body. */
  isCut?: boolean;
}

const HTML = '<!doctype html><title>Welcome to Hotel Wi-Fi</title>';
const BROKEN: [string, Answer][] = [
  ['a portal’s page with 200', { status: 200, body: HTML }],
  ['an empty body', { status: 200, body: '' }],
  ['204', { status: 204, body: '' }],
  ['half a body', { status: 200, body: '{"user_id":"user-a' }],
  ['a body that is cut', { status: 200, body: '{"user_id":"', isCut: true }],
  ['JSON of another shape', { status: 200, body: '{"ok":true}' }],
  ['an empty user id', { status: 200, body: '{"user_id":""}' }],
  ['a user id that is no text', { status: 200, body: '{"user_id":7}' }],
  ['null', { status: 200, body: 'null' }],
  ['a list', { status: 200, body: '[]' }],
  ['a redirect that was followed nowhere', { status: 302, body: '' }],
  ['a proxy’s 400', { status: 400, body: HTML }],
  ['a proxy’s 403', { status: 403, body: HTML }],
  ['a proxy’s 404', { status: 404, body: HTML }],
  ['a 404 that calls itself unauthenticated', { status: 404, body: '{"code":"unauthenticated"}' }],
  ['407', { status: 407, body: HTML }],
  ['429', { status: 429, body: HTML }],
  ['500', { status: 500, body: '{"code":"internal"}' }],
  ['502', { status: 502, body: HTML }],
  ['503', { status: 503, body: '{"code":"unavailable","retry_after":5}' }],
  ['511', { status: 511, body: HTML }],
];

interface Run {
  client: Client;
  clock: ReturnType<typeof createClock>;
  /** Instants of the requests. */
  asked: number[];
  answer: Answer;
}

function start(storage: ClientStorage, answer: Answer): Run {
  const clock = createClock();
  const run: Omit<Run, 'client'> = { clock, asked: [], answer };
  const environment: Partial<Environment> = {
    now: clock.now,
    random: createChance(1),
    setTimer: clock.setTimer,
    openSocket: () => ({ send: () => {}, close: () => {}, addEventListener: () => {} }),
    fetch: async (): Promise<ResponseLike> => {
      run.asked.push(clock.now());
      const { status, body, isCut = false } = run.answer;
      return { status, headers: { get: () => null }, text: async () => (isCut ? Promise.reject(new Error('cut')) : body) };
    },
  };
  return Object.assign(run, { client: createClient({ url: 'http://server', auth: { kind: 'cookie' }, storage, environment }) });
}

async function known(): Promise<ClientStorage> {
  const storage = memoryStorage();
  await storage.setValue('user_id', ANN);
  return storage;
}

describe.each(BROKEN)('[E6] in place of /v1/me comes %s', (_, answer) => {
  test('the user is the one known last, and stays known', async () => {
    const storage = await known();
    const { client } = start(storage, answer);
    expect(await client.userId()).toBe(ANN);
    expect(await storage.value('user_id')).toBe(ANN);
  });

  test('where nobody is known it is asked again, with backoff, until there is an answer', async () => {
    const storage = memoryStorage();
    const run = start(storage, answer);
    run.client.inbox.open();
    await run.clock.run(120_000);
    expect(run.client.inbox.status.get().state).not.toBe('ended');
    expect(run.asked.length).toBeGreaterThan(4);
    // Full jitter below half a minute: never a storm.
    expect(run.asked.length).toBeLessThan(30);
    run.answer = { status: 200, body: JSON.stringify({ user_id: ANN }) };
    await run.clock.run(31_000);
    expect(await run.client.userId()).toBe(ANN);
    expect(await storage.value('user_id')).toBe(ANN);
  });
});

test('[E6] a 401 means signed out, and what is known stays on the disk', async () => {
  const storage = await known();
  const run = start(storage, { status: 401, body: '{"code":"unauthenticated"}' });
  run.client.inbox.open();
  await run.clock.run(1_000);
  expect(run.client.inbox.status.get()).toEqual({ state: 'ended', reason: 'unauthenticated' });
  await expect(run.client.userId()).rejects.toMatchObject(new NatterError({ code: 'unauthenticated', detail: 'Sign in first' }));
  expect(await storage.value('user_id')).toBe(ANN);
});
