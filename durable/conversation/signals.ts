/**
 * Receipts and typing: what is told to those who are here and never enters the log.
 * Receipts are gathered for half a second into one frame for all, and one apart for each who has
 * receipts off; positions live in the sockets' attachments until a drain writes them.
 */
import type { SignalFrame } from '../../protocol/client-frames.ts';
import type { Receipt } from '../../protocol/server-frames.ts';
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
  /** Blocked by the other of a direct conversation, or not accepted yet: nobody is told that they type. */
  isSilenced(userId: string): boolean;
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
    deps.receipts.takeNews();
  }

  /** Beyond the rate a signal is dropped: the next one says more. @returns false when it was */
  receive(from: Connection, frame: SignalFrame): boolean {
    const { now, isMember } = this.#deps;
    if (!isMember(from.userId)) return true;
    if (this.#limiter.take(from, now()) > 0) return false;
    switch (frame.op) {
      case 'delivered':
        this.#move(from, { delivered: frame.message_id });
        break;
      case 'read':
        this.#move(from, { read: frame.message_id });
        break;
      case 'typing':
        this.#typing(from, frame);
        break;
    }
    return true;
  }

  /** By HTTP. @returns the position after it */
  read(userId: string, messageId: number): number {
    this.#moveAll(userId, { read: messageId });
    return this.#deps.receipts.of(userId).read;
  }

  /** By another way than a socket of this conversation. @returns whether it moved */
  delivered(userId: string, messageId: number): boolean {
    return this.#moveAll(userId, { delivered: messageId });
  }

  /** They have accepted: what was kept from the other is told. */
  released(userId: string): void {
    this.#deps.receipts.release(userId);
    this.#tellSoon();
  }

  /** @returns whether that is new */
  readReceipts(userId: string, on: boolean): boolean {
    const { receipts, connections, now } = this.#deps;
    if (!receipts.setOff(userId, !on)) return false;
    if (on) {
      // What was hidden from them, and, with the next frame to all, what they hid.
      connections.tell(userId, receiptsFrame(receipts.seenBy(userId)), now());
      this.#tellSoon();
    }
    return true;
  }

  #move(from: Connection, to: { delivered?: number; read?: number }): void {
    const { receipts, readMoved } = this.#deps;
    const { read } = receipts.of(from.userId);
    if (!this.#moveAll(from.userId, to)) return;
    Object.assign(from.attachment, receipts.of(from.userId));
    from.save();
    if (from.attachment.read > read) readMoved();
  }

  /** @returns whether anything moved */
  #moveAll(userId: string, to: { delivered?: number; read?: number }): boolean {
    const { receipts, connections, head, now } = this.#deps;
    const movement = receipts.move(userId, to, head());
    if (movement === 'shown') this.#tellSoon();
    if ((receipts.isOff(userId) || receipts.isHeld(userId)) && movement !== 'none')
      connections.tell(userId, receiptsFrame([receipts.own(userId)]), now());
    return movement !== 'none';
  }

  #tellSoon(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#deps.schedule(() => {
      this.#armed = false;
      this.#tell();
    }, RECEIPTS_WINDOW_MS);
  }

  #tell(): void {
    const { receipts, connections, now } = this.#deps;
    const news = receipts.takeNews();
    const apart = new Set([...connections.all()].filter(({ userId }) => receipts.isOff(userId)));
    const shared = news(null);
    if (shared.length > 0) connections.broadcast(receiptsFrame(shared), now(), apart);
    for (const userId of new Set(Array.from(apart, (connection) => connection.userId))) {
      const own = news(userId);
      if (own.length > 0) connections.tell(userId, receiptsFrame(own), now());
    }
  }

  #typing(from: Connection, frame: Extract<SignalFrame, { op: 'typing' }>): void {
    if (this.#deps.isSilenced(from.userId)) return;
    const { op, on, what } = frame;
    const text = JSON.stringify({ op, user_id: from.userId, on, ...(what === undefined ? {} : { what }) });
    const own = new Set(this.#deps.connections.of(from.userId));
    this.#deps.connections.broadcast(text, this.#deps.now(), own);
  }
}

const receiptsFrame = (receipts: readonly Receipt[]): string => JSON.stringify({ op: 'receipts', receipts });
