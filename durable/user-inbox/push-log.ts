/**
 * Why a notification came or did not: the last decisions of each conversation. What is known when the
 * row is written goes with it. A later decision that only repeats the one before is kept in memory, and
 * written now and then, and so is one about news that devices were shown and no row holds yet.
 */
import type { PushDecision, PushReason } from '../../protocol/devices.ts';
import { logIntervalMs } from './push-plan.ts';
import { decisionsIn, type PushState, type PushStore } from './push-store.ts';
import type { InboxRecord } from './schema.ts';

export const DECISIONS_KEPT = 3;

export type Made = Pick<PushDecision, 'conversation_id' | 'message_id' | 'device_id' | 'at'> & { reason: PushReason };

export class PushLog {
  readonly #store: Pick<PushStore, 'state' | 'put' | 'decisions'>;
  /** Conversation → the last decision, while it is not written. */
  readonly #unsaved = new Map<string, PushDecision>();

  constructor(store: Pick<PushStore, 'state' | 'put' | 'decisions'>) {
    this.#store = store;
  }

  state(conversationId: string): PushState {
    return this.#store.state(conversationId);
  }

  /** The row that is about to be written, with why nothing will be sent, or else with what was only remembered: no row of its own. */
  in(row: InboxRecord, made: Made | null): InboxRecord {
    const decision = made === null ? this.#unsaved.get(row.conversation_id) : decisionOf(made);
    if (decision === undefined) return row;
    const decisions = decisionsIn(row.pushes);
    if (decisions.at(-1)?.reason === decision.reason) decisions.pop();
    this.#unsaved.delete(row.conversation_id);
    return { ...row, pushes: JSON.stringify(lastOf([...decisions, decision])) };
  }

  /** Nothing was sent. @param isFinal false: it is not the last word on this message */
  note(made: Made, isFinal: boolean): void {
    const { decisions, pushed_to } = this.state(made.conversation_id);
    const last = decisions.at(-1);
    const repeats = last?.reason === made.reason && made.at < last.at + logIntervalMs(made.reason);
    if (!isFinal || repeats) this.#unsaved.set(made.conversation_id, decisionOf(made));
    else this.record(made.conversation_id, [made], pushed_to);
  }

  /** One row written. */
  record(conversationId: string, made: readonly Made[], pushedTo: number): void {
    const { decisions } = this.state(conversationId);
    this.#unsaved.delete(conversationId);
    this.#store.put(conversationId, { decisions: lastOf([...decisions, ...made.map(decisionOf)]), pushed_to: pushedTo });
  }

  /** Newest first, three a conversation. */
  all(): PushDecision[] {
    const all = [...this.#unsaved.values(), ...this.#store.decisions()].toSorted((a, b) => b.at - a.at);
    const ofConversation = Map.groupBy(all, (decision) => decision.conversation_id);
    const kept = new Set([...ofConversation.values()].flatMap((decisions) => decisions.slice(0, DECISIONS_KEPT)));
    return all.filter((decision) => kept.has(decision));
  }
}

/** With the last that was sent, for the next notification waits for it. */
function lastOf(decisions: PushDecision[]): PushDecision[] {
  const last = decisions.slice(-DECISIONS_KEPT);
  const sent = decisions.findLast(({ reason }) => reason === 'sent');
  return sent === undefined || last.includes(sent) ? last : [sent, ...last.slice(1)];
}

const decisionOf = ({ conversation_id, message_id, device_id, reason, at }: Made): PushDecision => ({
  at,
  device_id,
  conversation_id,
  message_id,
  outcome: reason === 'sent' ? 'sent' : 'not_sent',
  reason,
});
