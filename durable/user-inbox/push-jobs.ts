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
  /** Conversation → when the job comes due. */
  readonly #dueAt = new Map<string, number>();

  constructor(deps: JobsDeps) {
    this.#deps = deps;
  }

  /** @returns false when the queue refused */
  async queue(about: Pick<PushJob, 'conversation_id' | 'message_id'>, at: number): Promise<boolean> {
    const now = this.#deps.now();
    const before = this.#dueAt.get(about.conversation_id);
    if (isCovered(before, at, now)) return true;
    // Before waiting: whoever comes meanwhile finds it on its way.
    this.#dueAt.set(about.conversation_id, at);
    try {
      await this.#deps.enqueue({ user_id: this.#deps.userId(), ...about, queued_at: now }, Math.ceil(Math.max(0, at - now) / 1_000));
      return true;
    } catch (error) {
      if (before === undefined) this.#dueAt.delete(about.conversation_id);
      else this.#dueAt.set(about.conversation_id, before);
      this.#deps.onError(error);
      return false;
    }
  }

  /** It has arrived; one that is due later is still on its way. */
  arrived(conversationId: string): void {
    const dueAt = this.#dueAt.get(conversationId);
    if (dueAt !== undefined && dueAt <= this.#deps.now()) this.#dueAt.delete(conversationId);
  }

  /** It comes again. */
  postponed(conversationId: string, at: number): void {
    this.#dueAt.set(conversationId, at);
  }
}
