/**
 * The sockets of one conversation. What must survive hibernation is in their attachments.
 * A socket in the list proves nothing: a session that has ended is closed when it is met, one that
 * is silent, or takes nothing of what it is sent, when the conversation is awake anyway; and
 * freshness is asked of the heartbeat's lease.
 */
import type { Refusal } from '../../protocol/errors.ts';
import { CLOSE } from '../../protocol/errors.ts';
import { SILENCE_MS_MAX, SOCKETS_PER_DEVICE_MAX, UNHEARD_BYTES_MAX, UNHEARD_MS_MAX } from '../../protocol/limits.ts';
import { byteLength } from '../../protocol/text.ts';
import { Connection as AttachedConnection, type Attached, type Socket } from '../kit/connection.ts';

export interface Attachment extends Attached {
  delivered: number;
  read: number;
  /** The send that was told to wait: until it comes again, later ones get the same answer. */
  held: { global_id: string; refusal: Refusal } | null;
  /** Of its last frame, give or take `HEARD_KEPT_MS`. */
  heard_at?: number;
}

const HEARD_KEPT_MS = 30_000;
/** All sockets are looked at no more often than this. */
const SILENCE_CHECK_MS = 10_000;

export class Connection extends AttachedConnection<Attachment> {
  /** Of its last frame, or its opening. Pings are answered elsewhere: the platform is asked for them. */
  heardAt: number;
  /** Bytes sent since a sign of life that was known … */
  unheard = 0;
  /** … which was then. */
  unheardFrom: number;

  constructor(socket: Socket, attachment: Attachment) {
    super(socket, attachment);
    const { opened_at, heard_at } = attachment;
    this.heardAt = heard_at === undefined ? opened_at : heard_at + HEARD_KEPT_MS;
    this.unheardFrom = this.heardAt;
  }

  /** A frame has come. */
  heard(now: number): void {
    this.heardAt = now;
    if (now - (this.attachment.heard_at ?? this.attachment.opened_at) < HEARD_KEPT_MS) return;
    this.attachment.heard_at = now;
    this.save();
  }
}

export class Connections {
  readonly #connections = new Map<Socket, Connection>();
  readonly #pingedAt: (socket: Socket) => number;
  #checkedAt = 0;

  /**
   * @param sockets after waking: those that slept through it
   * @param pingedAt when a socket's last `ping` came; 0 when none did
   */
  constructor(sockets: readonly Socket[], pingedAt: (socket: Socket) => number) {
    this.#pingedAt = pingedAt;
    for (const socket of sockets) {
      const attachment = socket.deserializeAttachment() as Attachment | null;
      if (attachment !== null) this.#connections.set(socket, new Connection(socket, attachment));
    }
  }

  get size(): number {
    return this.#connections.size;
  }

  all(): IterableIterator<Connection> {
    return this.#connections.values();
  }

  of(userId: string): Connection[] {
    return [...this.#connections.values()].filter((connection) => connection.userId === userId);
  }

  get(socket: Socket): Connection | undefined {
    return this.#connections.get(socket);
  }

  /** A device's sixth socket closes its oldest. */
  add(connection: Connection): void {
    const { user_id, device_id } = connection.attachment;
    const ofDevice = this.of(user_id).filter((other) => other.attachment.device_id === device_id);
    const surplus = Math.max(0, ofDevice.length + 1 - SOCKETS_PER_DEVICE_MAX);
    const oldest = ofDevice.toSorted((a, b) => a.attachment.opened_at - b.attachment.opened_at).slice(0, surplus);
    for (const old of oldest) this.close(old, CLOSE.replaced, 'this device opened a newer socket');
    this.#connections.set(connection.socket, connection);
    connection.save();
  }

  drop(socket: Socket): void {
    this.#connections.delete(socket);
  }

  close(connection: Connection, code: number, reason: string): void {
    this.drop(connection.socket);
    connection.close(code, reason);
  }

  /** Closes those that match. @returns how many */
  closeWhere(matches: (connection: Connection) => boolean, code: number, reason: string): number {
    const matching = [...this.#connections.values()].filter(matches);
    for (const connection of matching) this.close(connection, code, reason);
    return matching.length;
  }

  /** The one string to everybody but those named; sockets of ended sessions are closed instead. */
  broadcast(text: string, now: number, except?: ReadonlySet<Connection>, bytes = byteLength(text)): void {
    this.closeSilent(now);
    for (const connection of this.#connections.values()) {
      if (except?.has(connection) || this.#expired(connection, now)) continue;
      this.send(connection, text, now, bytes);
    }
  }

  /** The same to all of one user's sockets. */
  tell(userId: string, text: string, now: number): void {
    const bytes = byteLength(text);
    for (const connection of this.of(userId)) {
      if (!this.#expired(connection, now)) this.send(connection, text, now, bytes);
    }
  }

  /** @param bytes of the text, where they are known */
  send(connection: Connection, text: string, now: number, bytes = byteLength(text)): void {
    if (!connection.send(text)) return this.drop(connection.socket);
    connection.unheard += bytes;
    if (connection.unheard <= UNHEARD_BYTES_MAX) return;
    const heardAt = this.#lifeAt(connection);
    if (heardAt > connection.unheardFrom) {
      connection.unheard = 0;
      connection.unheardFrom = heardAt;
    } else if (now - heardAt > UNHEARD_MS_MAX) this.close(connection, CLOSE.too_slow, 'nothing was heard while much was sent');
  }

  /** Those that have neither pinged nor said anything for long. For when the object is awake anyway. */
  closeSilent(now: number): void {
    if (now - this.#checkedAt < SILENCE_CHECK_MS) return;
    this.#checkedAt = now;
    this.closeWhere((connection) => now - this.#lifeAt(connection) > SILENCE_MS_MAX, CLOSE.heartbeat_lost, 'no ping for too long');
  }

  #lifeAt({ socket, heardAt }: Connection): number {
    return Math.max(this.#pingedAt(socket), heardAt);
  }

  #expired(connection: Connection, now: number): boolean {
    if (connection.attachment.expires_at > now) return false;
    this.close(connection, CLOSE.credentials_ended, 'the session has ended');
    return true;
  }
}
