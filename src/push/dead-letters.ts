/**
 * Jobs that were given up: one line each, for an alert to count, and back into the queue after a while, for the message
 * may still be unread. What they come to is judged then. A later message of the conversation makes a job of its own.
 */
import type { Env } from '../env.ts';
import { logEvent } from '../http/log.ts';
import { pushJob } from './job.ts';

/** An hour, doubling; a queue delays by twelve hours at most: https://developers.cloudflare.com/queues/platform/limits/ */
const REVIVED_AFTER_S = 3_600;
const REVIVED_AFTER_MAX_S = 12 * 3_600;
/** After so many, more than two days, it is let go. */
const REVIVALS_MAX = 8;

export const isDeadLetters = ({ queue }: { queue: string }): boolean => queue.endsWith('-dlq');

export async function recordDeadLetters(batch: MessageBatch<unknown>, env: Pick<Env, 'PUSH_QUEUE'>, now: number): Promise<void> {
  for (const message of batch.messages) {
    const job = pushJob.safeParse(message.body);
    const revived = job.success ? (job.data.revived ?? 0) : REVIVALS_MAX;
    logEvent('error', 'push_dead', {
      job: message.id,
      ...(job.success ? { age_ms: now - job.data.queued_at, revived } : { malformed: true }),
      of: batch.messages.length,
    });
    if (!job.success || revived >= REVIVALS_MAX) {
      message.ack();
      continue;
    }
    try {
      const delaySeconds = Math.min(REVIVED_AFTER_S * 2 ** revived, REVIVED_AFTER_MAX_S);
      await env.PUSH_QUEUE.send({ ...job.data, revived: revived + 1 }, { delaySeconds });
      message.ack();
    } catch (error) {
      logEvent('warn', 'push_not_revived', { error: String(error) });
      message.retry({ delaySeconds: 60 });
    }
  }
}
