/**
 * The consumer of the push queue: each user's object says what its jobs come to, providers are asked,
 * the outcome goes home, and every message is acknowledged or told to come again by itself: one that
 * fails never holds up or repeats the rest of its batch. It decides nothing about who is notified.
 */
import type { PushPlan, PushResult, PushSend } from '../../durable/user-inbox/push-api.ts';
import { withTimeout } from '../../durable/kit/calls.ts';
import { usersById } from '../../store/directory.ts';
import type { Env } from '../env.ts';
import { logEvent } from '../http/log.ts';
import { inboxObject } from '../objects.ts';
import { inParallel } from '../../durable/kit/in-parallel.ts';
import { pushJob } from './job.ts';
import { payloadOf } from './payload.ts';
import type { Answer } from './provider.ts';
import { send } from './send.ts';

const CALL_TIMEOUT_MS = 20_000;
/** As in wrangler.toml: after so many the job is dead. */
const RETRIES_MAX = 5;
/** When a user's object does not answer; doubling. */
const RETRY_DELAY_S = 10;

type Job = { message: Message<unknown>; body: PushPlan['job'] };
type Planned = { message: Message<unknown>; plan: PushPlan };
type Sent = { planned: Planned; target: PushSend; answer: Answer };

export async function consume(batch: MessageBatch<unknown>, env: Env, now: () => number): Promise<void> {
  const users = [...Map.groupBy(wellFormed(batch), ({ body }) => body.user_id)];
  const planned = (await inParallel(users, ([userId, jobs]) => planOf(userId, jobs, env))).flat();
  const names = await namesOf(planned, env);
  const sends = planned.flatMap((one) => one.plan.sends.map((target) => ({ planned: one, target })));
  const sent = await inParallel(sends, async ({ planned: one, target }): Promise<Sent> => {
    const payload = payloadOf(one.plan, names.get(one.plan.sender_id ?? ''));
    return { planned: one, target, answer: await send(target.address, payload, env, now) };
  });
  await report(sent, env);
  const answers = Map.groupBy(sent, (one) => one.planned);
  for (const one of planned)
    settle(
      one,
      (answers.get(one) ?? []).map(({ answer }) => answer),
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
    for (const { message } of jobs) message.retry({ delaySeconds: RETRY_DELAY_S * 2 ** Math.min(message.attempts - 1, RETRIES_MAX) });
    return [];
  }
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

/** A user's object that cannot be told now may notify twice later; that is what "at least once" means. */
async function report(sent: readonly Sent[], env: Env): Promise<void> {
  const users = [...Map.groupBy(sent, ({ planned }) => planned.plan.job.user_id)];
  await inParallel(users, async ([userId, ofUser]) => {
    try {
      await withTimeout(inboxObject(env, userId).recordPushes(ofUser.map(resultOf)), CALL_TIMEOUT_MS, 'recordPushes');
    } catch (error) {
      logEvent('warn', 'push_not_recorded', { error: String(error) });
    }
  });
}

function resultOf({ planned: { message, plan }, target, answer }: Sent): PushResult {
  const { job, message_id } = plan;
  const reason = answer.outcome === 'sent' ? 'sent' : answer.outcome === 'gone' ? 'address_gone' : 'provider_failed';
  if (reason === 'provider_failed') logEvent('warn', 'push_failed', { kind: target.address.kind, detail: answer.detail });
  const will_retry = answer.outcome === 'later' && message.attempts <= RETRIES_MAX;
  return { conversation_id: job.conversation_id, message_id, ...target, reason, will_retry };
}

function settle({ message, plan }: Planned, answers: readonly Answer[]): void {
  const waits = answers.flatMap((answer) => (answer.outcome === 'later' ? [answer.retry_after] : []));
  if (plan.retry_after !== null) waits.push(plan.retry_after);
  if (waits.length === 0) message.ack();
  else message.retry({ delaySeconds: Math.max(...waits) });
}
