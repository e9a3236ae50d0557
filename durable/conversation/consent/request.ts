/**
 * A message request: a direct conversation that the other has not accepted yet. What its opener may do
 * until then, and what becomes of it: pure. It is one JSON column of the conversation's one row, so a
 * request costs no row, and a message in it none more than any other.
 */
import type { LogFrame } from '../../../protocol/client-frames.ts';
import { refuse } from '../../../protocol/outcome.ts';
import type { Refusal } from '../../../protocol/errors.ts';
import { ASK_AGAIN_AFTER_MS, REQUEST_BYTES_MAX, REQUEST_MESSAGES_MAX } from '../../../protocol/limits.ts';
import { fitsBytes } from '../../../protocol/text.ts';

export interface MessageRequest {
  /** Who has to accept. */
  asked: string;
  /** `deleted`: to its opener it still waits. */
  state: 'waiting' | 'deleted' | 'accepted';
  /** When that came about; rises with each change, so that of two states the later is known. */
  at: number;
  /** Messages there were when it was asked. */
  from_total: number;
}

type PendingRequest = MessageRequest & { state: 'waiting' | 'deleted' };

export const ask = (asked: string, countableTotal: number, now: number, before: MessageRequest | null = null): MessageRequest => ({
  asked,
  state: 'waiting',
  at: later(before, now),
  from_total: countableTotal,
});

export const accepted = (request: MessageRequest, now: number): MessageRequest => ({
  ...request,
  state: 'accepted',
  at: later(request, now),
});

export const deleted = (request: MessageRequest, now: number): MessageRequest => ({
  ...request,
  state: 'deleted',
  at: later(request, now),
});

/** The opener learns nothing of the other: not what was delivered or read, nor whether they are here or type. */
export const isPending = (request: MessageRequest | null): request is PendingRequest => request !== null && request.state !== 'accepted';

/** Who was asked has deleted it: to them there is no such conversation. */
export const isGone = (request: MessageRequest | null, userId: string): boolean => request?.state === 'deleted' && request.asked === userId;

/** The opener comes again, long after the request was deleted. */
export const mayAskAgain = (request: MessageRequest | null, now: number): request is MessageRequest =>
  request?.state === 'deleted' && now - request.at >= ASK_AGAIN_AFTER_MS;

/** What is kept from the members of a pending request; null: nothing. `total`: messages there are now. */
export function refusalFor(request: MessageRequest | null, senderId: string, frame: LogFrame, total: number): Refusal | null {
  if (!isPending(request)) return null;
  if (senderId === request.asked) return frame.op === 'react' ? pending('Accept the request first.') : null;
  switch (frame.op) {
    case 'send': {
      if (total - request.from_total >= REQUEST_MESSAGES_MAX) return pending('This user has not accepted your messages yet.');
      const isPlain = frame.type === 'text' && (frame.mentions ?? []).length === 0 && (frame.attachments ?? []).length === 0;
      return isPlain && fits(frame) ? null : pending(PLAIN_ONLY);
    }
    case 'edit':
      return fits(frame) ? null : pending(PLAIN_ONLY);
    case 'react':
      return pending(PLAIN_ONLY);
    case 'delete':
      return null;
  }
}

/** Who was asked and writes has accepted. */
export const isAnsweredBy = (request: MessageRequest | null, senderId: string, frame: LogFrame): request is MessageRequest =>
  isPending(request) && request.asked === senderId && frame.op === 'send';

const PLAIN_ONLY = `Until this user has accepted, only text of up to ${REQUEST_BYTES_MAX} bytes can be sent.`;

const fits = ({ content }: { content: string }): boolean => fitsBytes(content, REQUEST_BYTES_MAX);
const pending = (detail: string): Refusal => refuse('forbidden', detail, { reason: 'request_pending' }).refusal;
const later = (before: MessageRequest | null, now: number): number => Math.max(now, (before?.at ?? 0) + 1);
