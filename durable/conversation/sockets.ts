/** A socket's life: its hello with what it missed, its frames, the errors it is told. */
import { CLOSE, type Refusal } from '../../protocol/errors.ts';
import { ERROR_BURST, ERROR_RATE_PER_SECOND, FRAME_BYTES_FATAL } from '../../protocol/limits.ts';
import { fitsBytes } from '../../protocol/text.ts';
import type { Socket } from '../kit/connection.ts';
import { RateLimiter, scaledRate } from '../kit/token-bucket.ts';
import type { SocketOrigin } from '../session.ts';
import { Connection, type Connections } from './connections.ts';
import { decode } from './decode.ts';
import { arrayFrame, messageFrame } from './entry.ts';
import type { Outbox } from './outbox.ts';
import { missedEntries } from './pages.ts';
import type { Progress } from './progress.ts';
import type { Room } from './room.ts';
import type { ConversationStore } from './store.ts';
import type { LogWriter } from './writer.ts';

export interface SocketsDeps {
  room: Room;
  writer: LogWriter;
  store: ConversationStore;
  progress: Progress;
  connections: Connections;
  outbox: Outbox;
  rateFactor: number;
  onRefused(refusal: Refusal): void;
  now(): number;
}

export class Sockets {
  readonly #deps: SocketsDeps;
  readonly #errors: RateLimiter<Connection>;

  constructor(deps: SocketsDeps) {
    this.#deps = deps;
    this.#errors = new RateLimiter(scaledRate({ burst: ERROR_BURST, perSecond: ERROR_RATE_PER_SECOND }, deps.rateFactor));
  }

  /** The socket of a member: what it missed is sent in the turn that lets it into the live stream. */
  open(socket: Socket, origin: SocketOrigin, after: number): void {
    const { room, writer, store, progress, connections, outbox, now } = this.#deps;
    room.flush();
    const { read, delivered } = progress.receipts.of(origin.user_id);
    const connection = new Connection(socket, { ...origin, opened_at: now(), delivered, read, held: null });
    connections.closeSilent(now());
    connections.add(connection);
    outbox.arrived(origin.user_id);
    const described = room.describe(origin.user_id);
    if (!described.ok) throw new Error('a socket of one who is no member');
    const { conversation_id, epoch, last_message_id, role, members, receipts } = described.value;
    const { messages, hasMore } = missedEntries(
      { store, conversationId: conversation_id, head: writer.head },
      Math.min(after, writer.head),
    );
    connections.send(
      connection,
      JSON.stringify({
        op: 'hello',
        user_id: origin.user_id,
        conversation_id,
        epoch,
        last_message_id,
        from_message_id: Math.min(after, last_message_id) + 1,
        has_more: hasMore,
        role,
        members,
        receipts,
      }),
      now(),
    );
    if (messages.length > 0) connections.send(connection, arrayFrame(messages.map(messageFrame)), now());
  }

  receive(socket: Socket, data: string | ArrayBuffer): void {
    const connection = this.#deps.connections.get(socket);
    if (connection === undefined) return;
    connection.heard(this.#deps.now());
    if (connection.attachment.expires_at <= this.#deps.now()) {
      this.#deps.connections.close(connection, CLOSE.credentials_ended, 'the session has ended');
      return;
    }
    if (typeof data === 'string' ? !fitsBytes(data, FRAME_BYTES_FATAL) : data.byteLength > FRAME_BYTES_FATAL) {
      this.#deps.connections.close(connection, CLOSE.frame_too_large, 'frame above 1 MiB');
      return;
    }
    if (typeof data !== 'string') return this.#refuse(connection, { code: 'bad_request', detail: 'frames are text' });
    const decoded = decode(data);
    if (decoded.ok) this.#deps.room.receive(connection, decoded.frames);
    else this.#refuse(connection, decoded.refusal, decoded.global_id, data.trimStart().startsWith('['));
  }

  #refuse(connection: Connection, refusal: Refusal, globalId?: string, inArray = false): void {
    if (this.#errors.take(connection, this.#deps.now()) > 0) {
      this.#deps.connections.close(connection, CLOSE.flooding, 'too many frames that could not be understood');
      return;
    }
    this.#deps.onRefused(refusal);
    const op = globalId === undefined || inArray ? 'error' : 'nack';
    this.#deps.connections.send(
      connection,
      JSON.stringify({ op, ...(globalId === undefined ? {} : { global_id: globalId }), ...refusal }),
      this.#deps.now(),
    );
  }
}
