/**
 * Receipts and typing: what is told to those who are here and never enters the log.
 * Receipts are gathered for half a second into one frame for all; positions live in the
 * sockets' attachments until the next drain writes them.
 */
import type { SignalFrame } from '../../protocol/client-frames.ts';
import { SIGNAL_BURST, SIGNAL_RATE_PER_SECOND } from '../../protocol/limits.ts';
import { RateLimiter, scaledRate } from '../kit/token-bucket.ts';
import type { Connection, Connections } from './connections.ts';
import type { Receipts } from './receipts.ts';

export const RECEIPTS_WINDOW_MS = 500;

export interface SignalsDeps {
  connections: Connections;
  receipts: Receipts;
  head(): number;
  isMember(userId: string): boolean;
  /** Somebody's own read marker moved: their inbox wants to know. */
  readMoved(): void;
  rateFactor: number;
  now(): number;
  schedule(callback: () => void, delayMs: number): void;
}

export class Signals {
  readonly #deps: SignalsDeps;
  readonly #limiter: RateLimiter<Connection>;
  #armed = false;

  constructor(deps: SignalsDeps) {
    this.#deps = deps;
    this.#limiter = new RateLimiter(scaledRate({ burst: SIGNAL_BURST, perSecond: SIGNAL_RATE_PER_SECOND }, deps.rateFactor));
    // Positions that were not written yet slept in the attachments.
    for (const { userId, attachment } of deps.connections.all()) deps.receipts.move(userId, attachment, deps.head());
    deps.receipts.takeMoved();
  }

  /** Beyond the rate a signal is dropped: the next one says more. */
  receive(from: Connection, frame: SignalFrame): void {
    const { now, isMember } = this.#deps;
    if (!isMember(from.userId)) return;
    if (this.#limiter.take(from, now()) > 0) return;
    switch (frame.op) {
      case 'delivered':
        return this.#move(from, { delivered: frame.message_id });
      case 'read':
        return this.#move(from, { read: frame.message_id });
      case 'typing':
        return this.#typing(from, frame);
    }
  }

  /** By HTTP. @returns the position after it */
  read(userId: string, messageId: number): number {
    if (this.#deps.receipts.move(userId, { read: messageId }, this.#deps.head())) this.#tellSoon();
    return this.#deps.receipts.of(userId).read;
  }

  #move(from: Connection, to: { delivered?: number; read?: number }): void {
    const { receipts, head } = this.#deps;
    const { read } = receipts.of(from.userId);
    if (!receipts.move(from.userId, to, head())) return;
    Object.assign(from.attachment, receipts.of(from.userId));
    from.save();
    this.#tellSoon();
    if (from.attachment.read > read) this.#deps.readMoved();
  }

  #tellSoon(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#deps.schedule(() => {
      this.#armed = false;
      const moved = this.#deps.receipts.takeMoved();
      if (moved.length > 0) this.#deps.connections.broadcast(JSON.stringify({ op: 'receipts', receipts: moved }), this.#deps.now());
    }, RECEIPTS_WINDOW_MS);
  }

  #typing(from: Connection, frame: Extract<SignalFrame, { op: 'typing' }>): void {
    const { op, on, what } = frame;
    const text = JSON.stringify({ op, user_id: from.userId, on, ...(what === undefined ? {} : { what }) });
    const own = new Set(this.#deps.connections.of(from.userId));
    this.#deps.connections.broadcast(text, this.#deps.now(), own);
  }
}
