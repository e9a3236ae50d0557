/**
 * What a committed batch is told to whom: to every socket the batch's entries in one frame, each
 * serialised once; to a socket that sent some of them, its own as `ack` in their place, and its
 * refusals. What is too large for one frame is divided, in order.
 */
import { BROADCAST_BYTES_MAX } from '../../protocol/limits.ts';
import { byteLength } from '../../protocol/text.ts';
import type { Connection, Connections } from './connections.ts';
import { arrayFrame, messageFrame, messageJson } from './entry.ts';
import type { Submission, Written } from './writer.ts';

export interface SocketSubmission extends Submission {
  /** Null: by HTTP, answered there. */
  from: Connection | null;
}

interface Measured {
  text: string;
  bytes: number;
}

export function broadcastBatch(
  written: readonly Written<SocketSubmission>[],
  connections: Connections,
  conversationId: string,
  now: number,
): void {
  const shared = written.map((result) => {
    const json = entryJson(result, conversationId);
    return json === null ? null : measured(messageFrame(json));
  });
  const senders = new Set(written.map(({ submission }) => submission.from).filter((from) => from !== null));
  for (const sender of senders) {
    const frames = written.map((result, index) => (result.submission.from === sender ? measured(answer(result)) : shared[index]!));
    for (const { text, bytes } of divided(frames.filter((frame) => frame !== null))) connections.send(sender, text, now, bytes);
  }
  const entries = shared.filter((frame) => frame !== null);
  for (const { text, bytes } of divided(entries)) connections.broadcast(text, now, senders, bytes);
}

/** Frames of bounded size in the order given; one that is larger goes alone. */
function divided(frames: readonly Measured[]): Measured[] {
  const arrays: Measured[][] = [];
  let size = Infinity;
  for (const frame of frames) {
    if (size + frame.bytes + 1 > BROADCAST_BYTES_MAX) {
      arrays.push([]);
      size = 1;
    }
    arrays.at(-1)!.push(frame);
    size += frame.bytes + 1;
  }
  return arrays.map((array) => ({
    text: arrayFrame(array.map(({ text }) => text)),
    bytes: array.reduce((sum, { bytes }) => sum + bytes + 1, 1),
  }));
}

const measured = (text: string): Measured => ({ text, bytes: byteLength(text) });

/** An edit keeps no text of its own, but says the new one to those who are here. */
function entryJson({ submission: { frame }, decision }: Written<SocketSubmission>, conversationId: string): string | null {
  if (decision.kind !== 'append') return null;
  return messageJson(frame.op === 'edit' ? { ...decision.entry, content: frame.content } : decision.entry, conversationId);
}

function answer({ submission, decision }: Written<SocketSubmission>): string {
  const { global_id } = submission.frame;
  if (decision.kind === 'refuse') return JSON.stringify({ op: 'nack', global_id, ...decision.refusal });
  const { message_id, timestamp } = decision.kind === 'append' ? decision.entry : decision;
  return JSON.stringify({ op: 'ack', global_id, message_id, timestamp });
}
