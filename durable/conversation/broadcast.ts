/**
 * What a committed batch is told to whom: to every socket one frame with the batch's entries,
 * each serialised once; to a socket that sent some of them, its own as `ack` in their place,
 * and its refusals. No socket gets more than one frame a batch.
 */
import type { Connection, Connections } from './connections.ts';
import { arrayFrame, messageFrame, messageJson } from './entry.ts';
import type { Submission, Written } from './writer.ts';

export interface SocketSubmission extends Submission {
  /** Null: by HTTP, answered there. */
  from: Connection | null;
}

export function broadcastBatch(
  written: readonly Written<SocketSubmission>[],
  connections: Connections,
  conversationId: string,
  now: number,
): void {
  const shared: (string | null)[] = written.map(({ decision }) =>
    decision.kind === 'append' ? messageFrame(messageJson(decision.entry, conversationId)) : null,
  );
  const senders = new Set(written.map(({ submission }) => submission.from).filter((from) => from !== null));
  for (const sender of senders) {
    const frames = written.map((result, index) => (result.submission.from === sender ? answer(result) : shared[index]!));
    sender.send(arrayFrame(frames.filter((frame) => frame !== null)));
  }
  const entries = shared.filter((frame) => frame !== null);
  if (entries.length > 0) connections.broadcast(arrayFrame(entries), now, senders);
}

function answer({ submission, decision }: Written<SocketSubmission>): string {
  const { global_id } = submission.frame;
  if (decision.kind === 'refuse') return JSON.stringify({ op: 'nack', global_id, ...decision.refusal });
  const { message_id, timestamp } = decision.kind === 'append' ? decision.entry : decision;
  return JSON.stringify({ op: 'ack', global_id, message_id, timestamp });
}
