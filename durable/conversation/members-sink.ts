/**
 * Tells D1 who the members are, when that has changed or is not known to be told. The head of the log is
 * the version of the list: a late call with an older one changes nothing there.
 */
import { CALL_TIMEOUT_MS } from '../kit/calls.ts';
import { isPending } from './consent/request.ts';
import { retryDueAt } from '../kit/alarms.ts';
import type { Progress } from './progress.ts';
import type { ConversationStore } from './store.ts';
import type { LogWriter } from './writer.ts';

export interface MembersSinkDeps {
  store: ConversationStore;
  writer: LogWriter;
  progress: Progress;
  projectMembers(version: number, userIds: string[]): Promise<void>;
  now(): number;
  onError(error: unknown): void;
}

export class MembersSink {
  readonly #deps: MembersSinkDeps;
  /** Null: no call is under way. */
  #startedAt: number | null = null;

  constructor(deps: MembersSinkDeps) {
    this.#deps = deps;
  }

  nextAt(): number | null {
    if (this.#startedAt !== null) return this.#startedAt + CALL_TIMEOUT_MS;
    const { progress, store, writer } = this.#deps;
    const { members_projected, members_failures, members_retry_at } = progress.members;
    if (members_projected >= 0) return null;
    if (members_failures === 0) return members_retry_at;
    return retryDueAt(members_failures, members_retry_at, store.timestampAt(writer.head) ?? writer.record.created_at);
  }

  async drain(): Promise<void> {
    const { writer, progress, projectMembers, now, onError } = this.#deps;
    if (this.#startedAt !== null) return;
    const due = this.nextAt();
    if (due === null || due > now()) return;
    this.#startedAt = now();
    const { head } = writer;
    const userIds = agreed(writer);
    try {
      // An acceptance takes no number of the log, and is newer all the same.
      await projectMembers(head + (writer.request?.at ?? 0), userIds);
      // Changed meanwhile: due again.
      if (String(userIds) === String(agreed(writer))) progress.membersProjected(head);
    } catch (error) {
      onError(error);
      progress.membersFailed(now());
    } finally {
      this.#startedAt = null;
    }
  }
}

/** Who has not accepted shares no conversation with anybody: nobody may see by it whether they are here. */
const agreed = ({ members, request }: LogWriter): string[] => {
  const asked = isPending(request) ? request.asked : null;
  return [...members.keys()].filter((userId) => userId !== asked);
};
