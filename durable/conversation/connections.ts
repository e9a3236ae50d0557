/**
 * The sockets of one conversation. What must survive hibernation is in their attachments.
 * A socket in the list proves nothing: a session that has ended is closed when it is met,
 * and freshness is asked of the heartbeat's lease.
 */
import type { Refusal } from '../../protocol/errors.ts';
import { CLOSE } from '../../protocol/errors.ts';
import { SOCKETS_PER_DEVICE_MAX } from '../../protocol/limits.ts';
import { Connection as AttachedConnection, type Attached, type Socket } from '../kit/connection.ts';

export interface Attachment extends Attached {
  delivered: number;
  read: number;
  /** The send that was told to wait: until it comes again, later ones get the same answer. */
  held: { global_id: string; refusal: Refusal } | null;
}

export class Connection extends AttachedConnection<Attachment> {}

export class Connections {
  readonly #connections = new Map<Socket, Connection>();

  /** After waking: the sockets that slept through it. */
  constructor(sockets: readonly Socket[]) {
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
  broadcast(text: string, now: number, except?: ReadonlySet<Connection>): void {
    for (const connection of this.#connections.values()) {
      if (except?.has(connection)) continue;
      if (this.#expired(connection, now)) continue;
      if (!connection.send(text)) this.drop(connection.socket);
    }
  }

  /** The same to all of one user's sockets. */
  tell(userId: string, text: string, now: number): void {
    for (const connection of this.of(userId)) {
      if (!this.#expired(connection, now) && !connection.send(text)) this.drop(connection.socket);
    }
  }

  #expired(connection: Connection, now: number): boolean {
    if (connection.attachment.expires_at > now) return false;
    this.close(connection, CLOSE.credentials_ended, 'the session has ended');
    return true;
  }
}
