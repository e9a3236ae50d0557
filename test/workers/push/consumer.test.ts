/** [P6] The consumer when something fails: each message for itself, at the provider's pace, and what is dead forgotten. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PushJob } from '../../../durable/user-inbox/push-api.ts';
import type { Env } from '../../../src/env.ts';
import { uuid } from '../conversation/room.ts';
import type { Mood } from '../../../scripts/push/web-push-service.ts';
import { addDevice, consume, inboxOf, makeStage, pair, say, sayMore, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await makeStage();
});
afterEach(() => vi.restoreAllMocks());

const jobs = () => stage.queued.splice(0).map(({ job }) => job);
const reasons = async (user: string) => (await inboxOf(user).pushLog()).map(({ reason }) => reason);

async function benWithBrowser(moods: Mood[] = []) {
  const them = await pair();
  const subscription = stage.web.subscribe(moods);
  const device = await addDevice(them.ben, { kind: 'web', subscription });
  return { them, subscription, device };
}

describe('[P6] a provider', () => {
  it.each([404, 410] as const)('that answers %i: the address is forgotten, and the next message costs it nothing', async (status) => {
    const { them, device } = await benWithBrowser([{ status }]);
    await say(them, 'one');
    expect(await consume(stage.env, jobs())).toEqual({ acked: 1, retried: 0, delays: [] });
    expect(await inboxOf(them.ben).pushAddress(device)).toEqual({ ok: true, value: null });
    await sayMore(them, 'two');
    expect(stage.queued).toEqual([]);
    expect(await reasons(them.ben)).toEqual(['no_address', 'address_gone']);
  });

  it.each<[string, Mood, number]>([
    ['too many requests, and when to come again', { status: 429, retry_after: '17' }, 17],
    ['an overload without a word of when', { status: 503 }, 10],
    ['an error of its own', { status: 500 }, 10],
  ])('that answers %s is asked again then, and the message arrives', async (_, mood, delay) => {
    const { them, subscription } = await benWithBrowser([mood]);
    await say(them, 'hello');
    const [job] = jobs();
    expect(await consume(stage.env, [job])).toEqual({ acked: 0, retried: 1, delays: [delay] });
    expect(await reasons(them.ben)).toEqual(['provider_failed']);
    expect(await consume(stage.env, [job], { attempts: 2 })).toMatchObject({ acked: 1 });
    expect(stage.web.received(subscription)).toHaveLength(1);
    expect(await reasons(them.ben)).toEqual(['sent', 'provider_failed']);
  });

  it('that cannot be reached is asked again', async () => {
    const { them } = await benWithBrowser();
    await say(them, 'hello');
    vi.mocked(fetch).mockRejectedValueOnce(new TypeError('Network connection lost.'));
    expect(await consume(stage.env, jobs())).toEqual({ acked: 0, retried: 1, delays: [10] });
  });

  it('that failed for one of two devices is asked again for that one alone', async () => {
    const { them, subscription } = await benWithBrowser();
    const slow = stage.web.subscribe([{ status: 429, retry_after: '5' }]);
    await addDevice(them.ben, { kind: 'web', subscription: slow });
    await say(them, 'hello');
    const [job] = jobs();
    expect(await consume(stage.env, [job])).toMatchObject({ retried: 1, delays: [5] });
    expect(await consume(stage.env, [job], { attempts: 2 })).toMatchObject({ acked: 1 });
    expect([stage.web.received(subscription).length, stage.web.received(slow).length]).toEqual([1, 1]);
  });

  it('that refuses us for good is not asked again', async () => {
    const { them, subscription } = await benWithBrowser();
    await say(them, 'hello');
    vi.mocked(fetch).mockResolvedValueOnce(new Response(null, { status: 403 }));
    expect(await consume(stage.env, jobs())).toMatchObject({ acked: 1 });
    expect(stage.web.received(subscription)).toEqual([]);
    expect(await reasons(them.ben)).toEqual(['provider_failed']);
  });

  it('that is not configured fails, and the others of the batch do not', async () => {
    const { them, subscription } = await benWithBrowser();
    await addDevice(them.ben, { kind: 'fcm', token: stage.fcm.register() });
    await say(them, 'hello');
    const { FCM_SERVICE_ACCOUNT: _, ...env } = stage.env;
    expect(await consume(env as Env, jobs())).toMatchObject({ acked: 1 });
    expect(stage.web.received(subscription)).toHaveLength(1);
    expect((await reasons(them.ben)).toSorted()).toEqual(['provider_failed', 'sent']);
  });
});

/** A subscription at a push service that takes the connection and never answers. */
function hangingAt(host: string) {
  const subscription = stage.web.subscribe();
  return { ...subscription, endpoint: `https://${host}${new URL(subscription.endpoint).pathname}?hangs` };
}

/** Timers of that length run when the test says so. */
function holdTimers(ms: number): (() => void)[] {
  const held: (() => void)[] = [];
  const real = globalThis.setTimeout;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((callback: () => void, delay?: number) =>
    delay === ms ? (held.push(callback), held.length) : real(callback, delay)) as unknown as typeof setTimeout);
  return held;
}

describe('[A6] push services that never answer', () => {
  it('hold up no notification of others, are asked once, and end with the batch', async () => {
    const victim = await benWithBrowser();
    await say(victim.them, 'hello');
    const attackers: PushJob[] = [];
    for (let number = 0; number < 4; number++) {
      const them = await pair();
      for (let device = 0; device < 3; device++) {
        await addDevice(them.ben, { kind: 'web', subscription: hangingAt(`a${number}-${device}.evil.net`) });
      }
      await say(them, 'bait');
      attackers.push(stage.queued.pop()!.job);
    }
    const answering = vi.mocked(fetch).getMockImplementation()!;
    const hanging: Request[] = [];
    vi.mocked(fetch).mockImplementation((input, init) => {
      const request = input as Request;
      if (!request.url.endsWith('?hangs')) return answering(input, init);
      hanging.push(request);
      return new Promise((_, reject) => {
        init!.signal!.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      });
    });
    const deadlines = holdTimers(10_000);
    const acked = vi.fn<() => void>();
    const consumed = consume(stage.env, [...attackers, ...jobs()], { onAck: acked });
    await vi.waitUntil(() => hanging.length > 0 && acked.mock.calls.length > 0, { timeout: 20_000 });
    expect(stage.web.received(victim.subscription)).toHaveLength(1);
    expect(hanging).toHaveLength(1);
    for (const pass of deadlines) pass();
    expect(await consumed).toMatchObject({ acked: 1, retried: 4 });
    expect(hanging).toHaveLength(1);
  });
});

describe('[P6] a batch', () => {
  it('a job that is no job is put aside, one whose user does not answer comes again, the rest arrives', async () => {
    const { them, subscription } = await benWithBrowser();
    await say(them, 'hello');
    const [job] = jobs();
    const broken = { ...job!, user_id: uuid() };
    const real = stage.env.USER_INBOX;
    const USER_INBOX = {
      idFromName: (name: string) => real.idFromName(name),
      get: (id: DurableObjectId) => {
        if (id.name === broken.user_id) throw new Error('overloaded');
        return real.get(id);
      },
    } as Env['USER_INBOX'];
    const outcome = await consume({ ...stage.env, USER_INBOX }, [{ nonsense: true }, null, broken, job]);
    expect(outcome).toEqual({ acked: 3, retried: 1, delays: [10] });
    expect(stage.web.received(subscription)).toHaveLength(1);
  });

  it('an outcome that cannot be reported is no reason to send again', async () => {
    const { them } = await benWithBrowser();
    await say(them, 'hello');
    const real = stage.env.USER_INBOX;
    const USER_INBOX = {
      idFromName: (name: string) => real.idFromName(name),
      get: (id: DurableObjectId) => {
        const stub = real.get(id);
        return { planPushes: (asked: PushJob[]) => stub.planPushes(asked), recordPushes: () => Promise.reject(new Error('overloaded')) };
      },
    } as unknown as Env['USER_INBOX'];
    expect(await consume({ ...stage.env, USER_INBOX }, jobs())).toMatchObject({ acked: 1, retried: 0 });
  });

  it.each([
    [undefined, 3_600],
    [1, 7_200],
    [7, 43_200],
  ])('[A15] a dead job comes to life again after a while, the later the more often it died (%s)', async (revived, delaySeconds) => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const job = { user_id: uuid(), conversation_id: uuid(), message_id: 1, queued_at: 5, ...(revived !== undefined && { revived }) };
    expect(await consume(stage.env, [job], { queue: 'natter-push-dlq' })).toMatchObject({ acked: 1 });
    expect(stage.queued).toEqual([{ job: { ...job, revived: (revived ?? 0) + 1 }, delaySeconds }]);
  });

  it('dead jobs are logged one by one, without ids of people, and let go', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const job = { user_id: uuid(), conversation_id: uuid(), message_id: 1, queued_at: Date.now() };
    expect(await consume(stage.env, [{ ...job, revived: 8 }, 'nonsense'], { queue: 'natter-push-dlq' })).toMatchObject({ acked: 2 });
    expect(stage.queued).toEqual([]);
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
    expect(lines.map(({ event, of }) => [event, of])).toEqual([
      ['push_dead', 2],
      ['push_dead', 2],
    ]);
    expect(JSON.stringify(lines)).not.toContain(job.user_id);
  });
});
