/**
 * Asks people's own objects whether they may be added: a few at once, and nobody waits longer than
 * `ASKING_MAX_MS` for all of them. Who did not answer is not in the answers.
 */
import { CALL_TIMEOUT_MS, withTimeout } from '../../kit/calls.ts';
import { concurrently } from '../../kit/in-parallel.ts';
import type { AddedAnswer, AddedQuestion, AddingAnswer, AddingQuestion, Admission } from '../../user-inbox/reach/api.ts';
import { byActor } from './admitted.ts';
import { ASKING_MAX_MS, type Pending } from './pending.ts';

/** Users' objects. */
export interface People {
  mayAdd(userId: string, question: AddingQuestion): Promise<AddingAnswer>;
  mayBeAdded(userId: string, question: AddedQuestion): Promise<AddedAnswer>;
  /** What opening a direct conversation took, for it was refused. */
  giveBack(userId: string, otherId: string): Promise<void>;
}

/** More than the platform lets wait at once: it holds the others back itself, and one slow object holds up nobody. */
const ASKED_AT_ONCE = 32;

export interface AskingDeps {
  people: People;
  now(): number;
  onError(error: unknown): void;
}

export const askActor = ({ people }: AskingDeps, userId: string, question: AddingQuestion): Promise<AddingAnswer> =>
  withTimeout(people.mayAdd(userId, question), CALL_TIMEOUT_MS, 'mayAdd');

/** Nobody waits for it: lost, it costs one of a day's. */
export function giveBack({ people, onError }: AskingDeps, userId: string, otherId: string): void {
  void withTimeout(people.giveBack(userId, otherId), CALL_TIMEOUT_MS, 'giveBack').catch(onError);
}

export async function askPeople(
  { people, now, onError }: AskingDeps,
  conversationId: string,
  whom: readonly Pick<Pending, 'user_id' | 'by' | 'limited'>[],
  kind: AddedQuestion['kind'],
  withoutLists: ReadonlySet<string>,
): Promise<Map<string, AddedAnswer>> {
  const answers = new Map<string, AddedAnswer>();
  const until = now() + ASKING_MAX_MS;
  await concurrently(
    whom,
    async ({ user_id, by, limited }) => {
      const left = until - now();
      if (left <= 0) return;
      const question = { by, conversation_id: conversationId, kind, limited, without_lists: withoutLists.has(user_id) };
      answers.set(user_id, await withTimeout(people.mayBeAdded(user_id, question), Math.min(left, CALL_TIMEOUT_MS), 'mayBeAdded'));
    },
    onError,
    ASKED_AT_ONCE,
  );
  return answers;
}

/** Since they wanted somebody in they may have come to block them: changes the answers of those. Who cannot be asked leaves it open. */
export async function askActorsAgain(deps: AskingDeps, people: readonly Pending[], answers: Map<string, Admission | null>): Promise<void> {
  const coming = people.filter(({ user_id }) => answers.get(user_id) === 'member');
  await concurrently(
    [...byActor(coming)],
    async ([actorId, whom]) => {
      const user_ids = whom.map(({ user_id }) => user_id);
      let blocked: readonly string[] | null = null;
      try {
        ({ blocked } = await askActor(deps, actorId, { kind: 'group', opens: false, user_ids, limited: false, without_lists: false }));
      } finally {
        for (const id of user_ids) if (blocked === null) answers.set(id, null);
        for (const id of blocked ?? []) answers.set(id, 'refused');
      }
    },
    deps.onError,
  );
}
