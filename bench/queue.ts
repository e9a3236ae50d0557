/**
 * The push queue and its consumer, as far as they cost: a job is written, read at each try and
 * deleted at the end, which are the operations on the bill. Every provider takes everything.
 */
import type { PushJob } from '../durable/user-inbox/push-api.ts';
import type { Clock } from './clock.ts';
import type { Person } from './person.ts';

export interface QueueCounts {
  operations: number;
  /** Calls of the consumer to users' objects. */
  calls: number;
  notifications: number;
}

/** The consumer waits so long for more. */
const BATCH_WAIT_MS = 1_000;

export function createQueue(clock: Clock, personOf: (userId: string) => Person) {
  const counts: QueueCounts = { operations: 0, calls: 0, notifications: 0 };

  async function handle(job: PushJob): Promise<void> {
    const { pushes } = personOf(job.user_id).open;
    counts.operations += 1;
    counts.calls += 1;
    const [plan] = await pushes.plan([job]);
    const { sends, message_id, retry_after } = plan!;
    const { conversation_id } = job;
    if (sends.length > 0) {
      counts.calls += 1;
      counts.notifications += sends.length;
      pushes.record(sends.map((to) => ({ ...to, conversation_id, message_id, reason: 'sent', will_retry: false })));
    }
    if (retry_after === null) counts.operations += 1;
    else soon(job, retry_after);
  }

  function soon(job: PushJob, delaySeconds: number): void {
    clock.schedule(() => void handle(job), delaySeconds * 1_000 + BATCH_WAIT_MS);
  }

  return {
    counts,
    enqueue(job: PushJob, delaySeconds: number): Promise<void> {
      counts.operations += 1;
      soon(job, delaySeconds);
      return Promise.resolve();
    },
  };
}
