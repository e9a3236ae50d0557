/**
 * Before a conversation is written: the one who opens it is asked about quotas and blocks, and for a
 * direct one the other too. A group is written first and asks then; a direct one is nothing without
 * its second member, so it is written once both have answered. What is heard of blocks meanwhile counts.
 */
import { accept, refuse, type Outcome } from '../../../protocol/outcome.ts';
import type { AddingAnswer } from '../../user-inbox/reach/api.ts';
import type { Creation } from '../api.ts';
import { askActor, askPeople, giveBack, type AskingDeps } from './asking.ts';
import { blockOf, latestBlocks, toBeAsked, type Block, type Pending } from './pending.ts';

export interface Prepared {
  blocks: Block[];
  pending: Pending[];
  /** Direct only: the other has to accept it. */
  asks: boolean;
}

/** @param heard grows while this waits */
export async function prepare(deps: AskingDeps, creation: Creation, heard: readonly Block[]): Promise<Outcome<Prepared>> {
  const { kind, creator_id, limited = false } = creation;
  const without_lists = creation.without_lists?.includes(creator_id) ?? false;
  const user_ids = [...new Set(creation.member_ids)].filter((id) => id !== creator_id);
  let actor: AddingAnswer;
  try {
    actor = await askActor(deps, creator_id, { kind, opens: true, user_ids, limited, without_lists });
  } catch (error) {
    deps.onError(error);
    return NO_ANSWER;
  }
  if (actor.refusal !== null) return { ok: false, refusal: actor.refusal };
  if (kind === 'direct') return prepareDirect(deps, creation, actor, heard);
  const pending = user_ids.map((id): Pending => {
    const person = toBeAsked(id, creator_id, 'member', limited, deps.now());
    return actor.blocked.includes(id) ? { ...person, state: 'refused' } : person;
  });
  return accept({ blocks: [], pending, asks: false });
}

async function prepareDirect(
  deps: AskingDeps,
  { conversation_id, creator_id, member_ids, limited = false, without_lists }: Creation,
  actor: AddingAnswer,
  heard: readonly Block[],
): Promise<Outcome<Prepared>> {
  const other = member_ids[0]!;
  const refused = <T>(refusal: T): T => {
    if (limited) giveBack(deps, creator_id, other);
    return refusal;
  };
  const answers = await askPeople(deps, conversation_id, [{ user_id: other, by: creator_id, limited }], 'direct', new Set(without_lists));
  const answer = answers.get(other);
  if (answer === undefined) return refused(NO_ANSWER);
  if (answer.answer === 'refused') return refused(refuse('forbidden', REFUSED, answer.reason === null ? {} : { reason: answer.reason }));
  const own = blockOf(creator_id, { blocked: actor.blocked.includes(other), version: actor.version });
  return accept({ blocks: latestBlocks([own, blockOf(other, answer), ...heard]), pending: [], asks: answer.answer === 'request' });
}

const REFUSED = 'This user does not want to hear from you.';
const NO_ANSWER = refuse('unavailable', 'Whether this is allowed cannot be found out right now.', { retry_after: 2 });
