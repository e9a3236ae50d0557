/** Jobs that were given up: one line each, for an alert to count. A later message of the conversation makes a new job. */
import { logEvent } from '../http/log.ts';
import { pushJob } from './job.ts';

export const isDeadLetters = ({ queue }: { queue: string }): boolean => queue.endsWith('-dlq');

export async function bury(batch: MessageBatch<unknown>, now: number): Promise<void> {
  for (const message of batch.messages) {
    const job = pushJob.safeParse(message.body);
    logEvent('error', 'push_dead', {
      job: message.id,
      ...(job.success ? { age_ms: now - job.data.queued_at } : { malformed: true }),
      of: batch.messages.length,
    });
    message.ack();
  }
  return Promise.resolve();
}
