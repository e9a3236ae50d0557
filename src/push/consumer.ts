/**
 * The consumer of the push queue: each user's object says what its jobs come to, providers are asked, the outcome
 * goes home, and every job is settled by itself as soon as its own sends have ended: one that fails or hangs never
 * holds up or repeats the rest of its batch, which ends in bounded time. It decides nothing about who is notified.
 */
import type { PushPlan, PushResult, PushSend } from '../../durable/user-inbox/push-api.ts';
import { CALL_TIMEOUT_MS, withTimeout } from '../../durable/kit/calls.ts';
import { inParallel } from '../../durable/kit/in-parallel.ts';
import { usersById } from '../../store/directory.ts';
import type { Env } from '../env.ts';
import { logEvent } from '../http/log.ts';
import { inboxObject } from '../objects.ts';
import { pushJob } from './job.ts';
import { Lanes } from './lanes.ts';
import { payloadOf } from './payload.ts';
import type { Answer } from './provider.ts';
import { send } from './send.ts';
import { Hangs, serviceOf } from './services.ts';

/** As in wrangler.toml: after so many the job is dead. */
const RETRIES_MAX = 5;
/** When a user's object does not answer; doubling. */
const RETRY_DELAY_S = 10;
/** What is not planned, or not sent, this long after its batch came goes back into the queue. */
export const PLANNING_MS = 20_000;
export const SENDING_MS = 120_000;

type Job = { message: Message<unknown>; body: PushPlan['job'] };
type Planned = { message: Message<unknown>; plan: PushPlan };
type Sent = { target: PushSend; answer: Answer };

const hangs = new Hangs();

export async function consume(batch: MessageBatch<unknown>, env: Env, now: () => number): Promise<void> {
  const startedAt = now();
  const users = [...Map.groupBy(wellFormed(batch), ({ body }) => body.user_id)];
  const isLate = (): boolean => now() > startedAt + PLANNING_MS;
  const planned = (await inParallel(users, ([userId, jobs]) => (isLate() ? comeAgain(jobs) : planOf(userId, jobs, env)))).flat();
  const names = await namesOf(planned, env);
  const lanes = new Lanes(() => now() > startedAt + SENDING_MS);
  await Promise.all(
    planned.map(async (one) => {
      const payload = payloadOf(one.plan, names.get(one.plan.sender_id ?? ''));
      const sent = await Promise.all(
        one.plan.sends.map(async (target) => ({ target, answer: await answerOf(target, payload, lanes, env, now) })),
      );
      if (sent.length > 0) await report(one, sent, env);
      settle(one, sent);
    }),
  );
}

function wellFormed(batch: MessageBatch<unknown>): Job[] {
  return batch.messages.flatMap((message) => {
    const job = pushJob.safeParse(message.body);
    if (job.success) return [{ message, body: job.data }];
    logEvent('error', 'push_job_malformed', { job: message.id });
    message.ack();
    return [];
  });
}

async function planOf(userId: string, jobs: Job[], env: Env): Promise<Planned[]> {
  try {
    const asked = inboxObject(env, userId).planPushes(jobs.map(({ body }) => body));
    const plans = await withTimeout<PushPlan[]>(asked, CALL_TIMEOUT_MS, 'planPushes');
    return jobs.map(({ message }, index) => ({ message, plan: plans[index]! }));
  } catch (error) {
    logEvent('warn', 'push_not_planned', { error: String(error), jobs: jobs.length });
    return comeAgain(jobs);
  }
}

function comeAgain(jobs: readonly Job[]): Promise<Planned[]> {
  for (const { message } of jobs) message.retry({ delaySeconds: RETRY_DELAY_S * 2 ** Math.min(message.attempts - 1, RETRIES_MAX) });
  return Promise.resolve([]);
}

/** Once for the batch. A notification without a name is better than none. */
async function namesOf(planned: readonly Planned[], env: Env): Promise<Map<string, string>> {
  const ids = planned.flatMap(({ plan }) => (plan.sends.length > 0 && plan.sender_id !== null ? [plan.sender_id] : []));
  if (ids.length === 0) return new Map();
  try {
    const users = await usersById(env.DB, [...new Set(ids)]);
    return new Map(users.map(({ user_id, name }) => [user_id, name]));
  } catch (error) {
    logEvent('warn', 'push_names_unknown', { error: String(error) });
    return new Map();
  }
}

/** A service that hung a moment ago is not asked: its devices wait, and no lane. */
async function answerOf(
  { address }: PushSend,
  payload: Parameters<typeof send>[1],
  lanes: Lanes,
  env: Env,
  now: () => number,
): Promise<Answer> {
  const service = serviceOf(address);
  const answer = await lanes.run(service, async (): Promise<Answer> => {
    const asideMs = hangs.asideMs(service, now());
    if (asideMs > 0) return { outcome: 'later', detail: 'the service hung a moment ago', retry_after: Math.ceil(asideMs / 1_000) };
    const sent = await send(address, payload, env, now);
    if (sent.outcome === 'later' && sent.hung === true) hangs.hung(service, now());
    else hangs.answered(service);
    return sent;
  });
  return answer ?? { outcome: 'later', detail: 'not begun in time', retry_after: RETRY_DELAY_S };
}

/** A user's object that cannot be told now may notify twice later; that is what "at least once" means. */
async function report({ message, plan }: Planned, sent: readonly Sent[], env: Env): Promise<void> {
  try {
    const results = sent.map(({ target, answer }) => resultOf(plan, target, answer, message.attempts));
    await withTimeout(inboxObject(env, plan.job.user_id).recordPushes(results), CALL_TIMEOUT_MS, 'recordPushes');
  } catch (error) {
    logEvent('warn', 'push_not_recorded', { error: String(error) });
  }
}

function resultOf({ job, message_id }: PushPlan, target: PushSend, answer: Answer, attempts: number): PushResult {
  const reason = answer.outcome === 'sent' ? 'sent' : answer.outcome === 'gone' ? 'address_gone' : 'provider_failed';
  if (reason === 'provider_failed') logEvent('warn', 'push_failed', { kind: target.address.kind, detail: answer.detail });
  const will_retry = answer.outcome === 'later' && attempts <= RETRIES_MAX;
  return { conversation_id: job.conversation_id, message_id, ...target, reason, will_retry };
}

function settle({ message, plan }: Planned, sent: readonly Sent[]): void {
  const waits = sent.flatMap(({ answer }) => (answer.outcome === 'later' ? [answer.retry_after] : []));
  if (plan.retry_after !== null) waits.push(plan.retry_after);
  if (waits.length === 0) message.ack();
  else message.retry({ delaySeconds: Math.max(...waits) });
}
