/** A log in memory for decisions on it, frames for them, and what became of those. */
import { decide, type Decision, type LogView, type Trace } from '../../../durable/conversation/log.ts';
import { editRate } from '../../../durable/conversation/edits/count.ts';
import type { EntryRecord } from '../../../durable/conversation/schema.ts';
import type { LogFrame } from '../../../protocol/client-frames.ts';
import type { Role } from '../../../protocol/message.ts';

export const NOW = 1_700_000_000_000;
const ROLES: Record<string, Role> = { olga: 'owner', adam: 'admin', mia: 'member', max: 'member' };

export function entry(message_id: number, more: Partial<EntryRecord> = {}): EntryRecord {
  return {
    message_id,
    global_id: `g${message_id}`,
    sender_id: 'mia',
    type: 'text',
    timestamp: message_id,
    countable_total: message_id,
    reply_to: null,
    target: null,
    changed_by: null,
    edited_by: null,
    prev_change: null,
    edits: null,
    deleted: 0,
    switched_on: null,
    mentions: null,
    detail: null,
    reactions: null,
    content: `text ${message_id}`,
    ...more,
  };
}

/** A log in memory. `asked` notes which questions the decision asked. */
export function view(entries: EntryRecord[], more: Partial<LogView> = {}): LogView & { asked: string[] } {
  const asked: string[] = [];
  const head = entries.at(-1)?.message_id ?? 0;
  const find = (senderId: string, globalId: string, after: number): Trace | undefined =>
    entries.find((each) => each.message_id > after && each.sender_id === senderId && each.global_id === globalId);
  return {
    asked,
    head,
    countableTotal: head,
    role: (userId) => ROLES[userId],
    silenced: () => false,
    request: null,
    repeatOf: (senderId, globalId, after): Trace | undefined => {
      asked.push(`repeat after ${after}`);
      return find(senderId, globalId, after);
    },
    // Only the last two are in memory.
    knownRepeatOf: (senderId, globalId, after) => find(senderId, globalId, Math.max(after, head - 2)),
    entry: (number) => entries.find((each) => each.message_id === number),
    admit: () => {
      asked.push('admit');
      return null;
    },
    full: () => false,
    editRate: editRate(1),
    ...more,
  };
}

export const send = (more: Partial<Extract<LogFrame, { op: 'send' }>> = {}): LogFrame => ({
  op: 'send',
  global_id: 'new',
  type: 'text',
  content: 'hello',
  ...more,
});
export const edit = (target: number, more = {}): LogFrame => ({ op: 'edit', global_id: 'new', target, content: 'edited', ...more });
export const remove = (target: number, more = {}): LogFrame => ({ op: 'delete', global_id: 'new', target, ...more });
export const react = (target: number, on = true, emoji = '👍'): LogFrame => ({ op: 'react', global_id: 'new', target, emoji, on });
export const codeOf = (decision: Decision): string => (decision.kind === 'refuse' ? decision.refusal.code : decision.kind);
export const verdict = (log: LogView, frame: LogFrame, sender = 'mia'): string => codeOf(decide(log, sender, frame, NOW));
export const appended = (decision: Decision): Extract<Decision, { kind: 'append' }> => {
  if (decision.kind !== 'append') throw new Error(`not appended: ${JSON.stringify(decision)}`);
  return decision;
};
