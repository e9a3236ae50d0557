/**
 * What a person answers to one who wants to reach them: pure. It knows the policy, the person's
 * choices and what the two are to each other, not where these are kept.
 *
 * `invited` with `silently`: it is said to the other like any invitation, and the person is not told.
 */
import type { Refusal } from '../../../protocol/errors.ts';
import { INVITATIONS_PER_USER_MAX } from '../../../protocol/limits.ts';
import { refuse } from '../../../protocol/outcome.ts';
import { privacyOf, type ContactPolicy, type PrivacyChoice } from '../../../protocol/reach.ts';

export interface Relation {
  /** The person blocks the other. */
  blocked: boolean;
  /** A contact of the person's, or the person has written to them, or accepted them. */
  known: boolean;
  /** Groups: invitations the person has not answered yet. */
  invitations: number;
}

export type Verdict = { is: 'member' } | { is: 'request' } | { is: 'invited'; silently: boolean } | { is: 'refused'; refusal: Refusal };

export function onDirect(policy: ContactPolicy, choice: PrivacyChoice, { blocked, known }: Pick<Relation, 'blocked' | 'known'>): Verdict {
  if (blocked) return { is: 'refused', refusal: refuse('forbidden', 'This user does not want to hear from you.').refusal };
  if (known) return { is: 'member' };
  if (privacyOf(choice, policy).messages === 'contacts') {
    const { refusal } = refuse('forbidden', 'This user takes messages from contacts only.', { reason: 'not_accepting' });
    return { is: 'refused', refusal };
  }
  return { is: policy === 'requests' ? 'request' : 'member' };
}

export function onGroup(policy: ContactPolicy, choice: PrivacyChoice, relation: Relation): Verdict {
  const { groups } = privacyOf(choice, policy);
  if (relation.blocked || groups === 'nobody') return { is: 'invited', silently: true };
  if (groups === 'everyone' || relation.known) return { is: 'member' };
  return { is: 'invited', silently: relation.invitations >= INVITATIONS_PER_USER_MAX };
}
