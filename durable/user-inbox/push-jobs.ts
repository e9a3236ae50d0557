/**
 * Which jobs are on their way, so that there is one a conversation and not one a message. Memory only:
 * a job too many does no harm, for it is judged when it arrives.
 */
import type { PushJob } from './push-api.ts';
import { isCovered } from './push-plan.ts';

export interface JobsDeps {
  enqueue(job: PushJob, delaySeconds: number): Promise<void>;
  userId(): string;
  now(): number;
  onError(error: unknown): void;
}

export class PushJobs {
  readonly #deps: JobsDeps;
  /** Conversation, and device where it is about one → when the job comes due. */
  readonly #dueAt = new Map<string, number>();

  constructor(deps: JobsDeps) {
    this.#deps = deps;
  }

  /** @returns false when the queue refused */
  async queue(about: Pick<PushJob, 'conversation_id' | 'message_id' | 'device_id'>, at: number): Promise<boolean> {
    const now = this.#deps.now();
    const key = keyOf(about);
    const before = this.#dueAt.get(key);
    if (isCovered(before, at, now)) return true;
    // Before waiting: whoever comes meanwhile finds it on its way.
    this.#dueAt.set(key, at);
    try {
      await this.#deps.enqueue({ user_id: this.#deps.userId(), ...about, queued_at: now }, Math.ceil(Math.max(0, at - now) / 1_000));
      return true;
    } catch (error) {
      if (before === undefined) this.#dueAt.delete(key);
      else this.#dueAt.set(key, before);
      this.#deps.onError(error);
      return false;
    }
  }

  /** It has arrived; one that is due later is still on its way. */
  arrived(job: PushJob): void {
    const dueAt = this.#dueAt.get(keyOf(job));
    if (dueAt !== undefined && dueAt <= this.#deps.now()) this.#dueAt.delete(keyOf(job));
  }

  /** It comes again. */
  postponed(job: PushJob, at: number): void {
    this.#dueAt.set(keyOf(job), at);
  }
}

const keyOf = ({ conversation_id, device_id }: Pick<PushJob, 'conversation_id' | 'device_id'>): string =>
  device_id === undefined ? conversation_id : `${conversation_id} ${device_id}`;
