/**
 * Tells D1 who the members are, when that has changed or is not known to be told. The head of the log is
 * the version of the list: a late call with an older one changes nothing there.
 */
import { CALL_TIMEOUT_MS } from '../kit/calls.ts';
import type { Progress } from './progress.ts';
import type { LogWriter } from './writer.ts';

export interface MembersSinkDeps {
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
    return this.#startedAt === null ? this.#deps.progress.membersDueAt : this.#startedAt + CALL_TIMEOUT_MS;
  }

  async drain(): Promise<void> {
    const { writer, progress, projectMembers, now, onError } = this.#deps;
    if (this.#startedAt !== null) return;
    const due = this.nextAt();
    if (due === null || due > now()) return;
    this.#startedAt = now();
    const { members, head } = writer;
    try {
      await projectMembers(head, [...members.keys()]);
      // Changed meanwhile: it is another map, and due again.
      if (sameUsers(members, writer.members)) progress.membersProjected(head);
    } catch (error) {
      onError(error);
      progress.membersFailed(now());
    } finally {
      this.#startedAt = null;
    }
  }
}

const sameUsers = (one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): boolean =>
  one.size === other.size && [...one.keys()].every((userId) => other.has(userId));
