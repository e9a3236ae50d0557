/** What conversations ask users' objects before somebody is put into one (native RPC). */
import type { ConversationKind } from '../../../protocol/conversations.ts';
import type { Reason, Refusal } from '../../../protocol/errors.ts';

/** Asked of the one who opens a conversation or adds people, once for all of them. */
export interface AddingQuestion {
  kind: ConversationKind;
  /** The conversation is new. */
  opens: boolean;
  user_ids: readonly string[];
  /** Quotas count. */
  limited: boolean;
  /** D1 was seen to have no contacts and blocks of the one who is asked: there is nothing to be taken over. */
  without_lists: boolean;
}

export interface AddingAnswer {
  /** A quota is used up: nobody is added, and nothing was taken. */
  refusal: Refusal | null;
  /** Those of them whom the user blocks. */
  blocked: string[];
  /** Of the user's blocks: of two answers, or of an answer and `setBlocked`, the higher one is later. */
  version: number;
}

/** Asked of each one who is to be added. */
export interface AddedQuestion {
  by: string;
  conversation_id: string;
  kind: ConversationKind;
  limited: boolean;
  without_lists: boolean;
}

/**
 * `member`: they are in. `request`, `invited`: they decide, and until then see no more than that they are asked.
 * `refused`: they are not in, and whoever asked learns no more than that.
 */
export type Admission = 'member' | 'request' | 'invited' | 'refused';

export interface AddedAnswer {
  answer: Admission;
  /** Of a refusal, where it may be told. */
  reason: Reason | null;
  blocked: boolean;
  version: number;
}
