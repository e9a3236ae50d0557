/** An inbox socket's life: its hello in pages, what it says, the errors it is told. */
import { CLOSE, type Refusal } from '../../protocol/errors.ts';
import { inboxClientFrame, type InboxClientFrame } from '../../protocol/inbox.ts';
import {
  ERROR_BURST,
  ERROR_RATE_PER_SECOND,
  FRAME_BYTES_FATAL,
  PAGE_MAX,
  SIGNAL_BURST,
  SIGNAL_RATE_PER_SECOND,
} from '../../protocol/limits.ts';
import { fitsBytes } from '../../protocol/text.ts';
import { decodeFrames } from '../kit/frames.ts';
import { Floods } from '../kit/floods.ts';
import { RateLimiter, scaledRate } from '../kit/token-bucket.ts';
import type { SocketOrigin } from '../session.ts';
import type { Socket } from '../kit/connection.ts';
import type { CatchUp } from './catch-up.ts';
import { InboxConnection, type InboxConnections } from './connections.ts';
import type { Hellos } from './hello/hellos.ts';
import { isContinuation, placeOf } from './pages.ts';
import type { Relay } from './relay.ts';
import type { Rows } from './rows.ts';
import type { InboxStore } from './store.ts';
import type { Presence } from './watches.ts';

export interface SocketsDeps {
  store: InboxStore;
  rows: Rows;
  connections: InboxConnections;
  hellos: Hellos;
  catchUp: CatchUp;
  relay: Relay;
  presence: Presence;
  /** It is in the list from now on. */
  opening(connection: InboxConnection): void;
  rateFactor: number;
  onRefused(refusal: Refusal): void;
  now(): number;
}

/** `delivered` frames that are passed on; a device that comes back has one for each conversation. Beyond this a later one says it. */
const RECEIPTS = { burst: 2_000, perSecond: 50 };

export class Sockets {
  readonly #deps: SocketsDeps;
  readonly #errors: RateLimiter<InboxConnection>;
  readonly #signals: RateLimiter<InboxConnection>;
  readonly #receipts: RateLimiter<InboxConnection>;
  readonly #floods: Floods<InboxConnection>;

  constructor(deps: SocketsDeps) {
    this.#deps = deps;
    const { rateFactor } = deps;
    this.#errors = new RateLimiter(scaledRate({ burst: ERROR_BURST, perSecond: ERROR_RATE_PER_SECOND }, rateFactor));
    this.#signals = new RateLimiter(scaledRate({ burst: SIGNAL_BURST, perSecond: SIGNAL_RATE_PER_SECOND }, rateFactor));
    this.#receipts = new RateLimiter(scaledRate(RECEIPTS, rateFactor));
    this.#floods = new Floods(rateFactor);
  }

  /** What it missed begins in the turn that lets it into the live stream. @returns when the conversations have been asked too */
  open(socket: Socket, origin: SocketOrigin, cursor: string, limit: number = PAGE_MAX): Promise<void> {
    const { rows, connections, hellos, presence, catchUp, opening, now } = this.#deps;
    // What only the other devices were shown is news for this one too.
    rows.storeShown();
    const connection = new InboxConnection(socket, {
      ...origin,
      opened_at: now(),
      active: true,
      owed: {},
      watching: [],
      watchers: [],
    });
    connections.add(connection);
    opening(connection);
    hellos.begin(connection, cursor, rows.version, limit);
    presence.opened(connection);
    return catchUp.live();
  }

  receive(socket: Socket, data: string | ArrayBuffer): void {
    const { connections, hellos, now } = this.#deps;
    const connection = connections.get(socket);
    if (connection === undefined || connections.closeExpired(connection, now())) return;
    hellos.heard(connection);
    if (typeof data === 'string' ? !fitsBytes(data, FRAME_BYTES_FATAL) : data.byteLength > FRAME_BYTES_FATAL) {
      return connections.close(connection, CLOSE.frame_too_large, 'frame above 1 MiB');
    }
    if (typeof data !== 'string') return this.#refuse(connection, { code: 'bad_request', detail: 'frames are text' });
    const decoded = decodeFrames(data, inboxClientFrame);
    if (!decoded.ok) return this.#refuse(connection, decoded.refusal);
    for (const frame of decoded.value) {
      this.#handle(connection, frame);
      if (connections.get(socket) === undefined) return;
    }
  }

  #handle(connection: InboxConnection, frame: InboxClientFrame): void {
    const { presence, now } = this.#deps;
    // These cost little.
    if (frame.op === 'ack') return this.#ack(connection, frame.cursor);
    if (frame.op === 'delivered') return this.#delivered(connection, frame.conversation_id, frame.message_id);
    if (this.#signals.take(connection, now()) > 0) {
      return this.#limit(connection);
    }
    switch (frame.op) {
      case 'watch':
        return presence.setWatch(connection, frame.user_ids);
      case 'active':
        if (connection.attachment.active === frame.on) return;
        connection.attachment.active = frame.on;
        connection.save();
        return presence.activeChanged();
    }
  }

  #ack(connection: InboxConnection, cursor: string): void {
    // To say that a page was taken is a sign of life, and that is all it takes.
    if (isContinuation(cursor) && placeOf(cursor, this.#deps.rows.version, 0) !== undefined) return;
    if (!/^\d{1,15}$/.test(cursor) || Number(cursor) > this.#deps.rows.version) {
      return this.#refuse(connection, { code: 'bad_request', detail: 'cursor: not one of ours' });
    }
    connection.settle((_id, { version }) => version !== null && version <= Number(cursor));
  }

  #delivered(connection: InboxConnection, conversationId: string, messageId: number): void {
    const { rows, relay, now } = this.#deps;
    connection.settle((id, owed) => id === conversationId && owed.message_id <= messageId);
    if (this.#receipts.take(connection, now()) > 0) return;
    // Only of one's own conversations: others are not asked on a stranger's word.
    if (rows.ofMember(conversationId) !== undefined) relay.delivered(conversationId, messageId);
  }

  #limit(connection: InboxConnection): void {
    const { connections, onRefused, now } = this.#deps;
    const refusal: Refusal = { code: 'rate_limited', detail: 'Too many frames at once.', retry_after: 1 };
    onRefused(refusal);
    if (this.#floods.count(connection, 'refused', now())) connections.close(connection, CLOSE.flooding, 'too many frames above the rate');
    else connection.send(JSON.stringify({ op: 'error', ...refusal }));
  }

  #refuse(connection: InboxConnection, refusal: Refusal): void {
    const { connections, onRefused, now } = this.#deps;
    if (this.#errors.take(connection, now()) > 0) {
      return connections.close(connection, CLOSE.flooding, 'too many frames that could not be understood');
    }
    onRefused(refusal);
    connection.send(JSON.stringify({ op: 'error', ...refusal }));
  }
}
