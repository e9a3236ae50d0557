/**
 * The inbox sockets of one user, one per device. What must survive hibernation is in their
 * attachments, packed to fit. A socket in the list proves nothing: only its lease says that
 * somebody is there. Whoever leaves, for whatever reason, is reported once.
 */
import { CLOSE } from '../../protocol/errors.ts';
import type { PresenceStatus } from '../../protocol/inbox.ts';
import { LEASE_MS } from '../../protocol/limits.ts';
import { Connection, type Attached, type Socket } from '../kit/connection.ts';
import { packId, unpackId } from '../kit/packed-id.ts';
import type { Seat } from './presence.ts';

/** `version` null: shown before the row was stored, so no cursor can acknowledge it. */
export interface Owed {
  version: number | null;
  message_id: number;
}

export interface InboxAttachment extends Attached {
  /** In the foreground. */
  active: boolean;
  /** What it was told and has not acknowledged, by conversation. */
  owed: Record<string, Owed>;
  /** Whose presence the device shows. */
  watching: string[];
  /** When that lapses. */
  watching_until?: number;
  watchers: Seat[];
  /** Conversations that the session has opened sockets in lately; missing: none. */
  opened?: string[];
  /** What the watchers were last told, and when. */
  told?: PresenceStatus;
  told_at?: number;
}

/** More than this is not remembered: whoever misses one message is notified of it, of fifty conversations not all. */
export const OWED_MAX = 50;

export class InboxConnection extends Connection<InboxAttachment> {
  static restore(socket: Socket): InboxConnection | null {
    const packed = socket.deserializeAttachment() as Packed | null;
    return packed === null ? null : new InboxConnection(socket, unpack(packed));
  }

  protected override packed(): unknown {
    return pack(this.attachment);
  }

  /** It was told of a message; the oldest debt is forgotten when there are too many. */
  owe(conversationId: string, owed: Owed): void {
    const others = Object.entries(this.attachment.owed).filter(([id]) => id !== conversationId);
    this.attachment.owed = Object.fromEntries([...others.slice(1 - OWED_MAX), [conversationId, owed]]);
    this.save();
  }

  /** It has these. @returns whether anything was owed */
  settle(settled: (conversationId: string, owed: Owed) => boolean): boolean {
    const all = Object.entries(this.attachment.owed);
    const left = all.filter(([id, owed]) => !settled(id, owed));
    if (left.length === all.length) return false;
    this.attachment.owed = Object.fromEntries(left);
    this.save();
    return true;
  }
}

export interface ConnectionsDeps {
  /** After waking: the sockets that slept through it. */
  sockets: readonly Socket[];
  /** Instant of the socket's last heartbeat; 0 when there was none. */
  pingedAt(socket: Socket): number;
  /** It is no longer in the list. */
  onGone(connection: InboxConnection): void;
}

export class InboxConnections {
  readonly #deps: ConnectionsDeps;
  readonly #connections = new Map<Socket, InboxConnection>();

  constructor(deps: ConnectionsDeps) {
    this.#deps = deps;
    for (const socket of deps.sockets) {
      const connection = InboxConnection.restore(socket);
      if (connection !== null) this.#connections.set(socket, connection);
    }
  }

  get size(): number {
    return this.#connections.size;
  }

  all(): InboxConnection[] {
    return [...this.#connections.values()];
  }

  get(socket: Socket): InboxConnection | undefined {
    return this.#connections.get(socket);
  }

  of(deviceId: string): InboxConnection[] {
    return this.all().filter((connection) => connection.deviceId === deviceId);
  }

  /** When the device was last heard: its heartbeat, or its coming. */
  heardAt({ socket, attachment }: InboxConnection): number {
    return Math.max(this.#deps.pingedAt(socket), attachment.opened_at);
  }

  isFresh(connection: InboxConnection, now: number): boolean {
    return now - this.heardAt(connection) <= LEASE_MS && connection.attachment.expires_at > now;
  }

  /** Those whose lease runs. */
  fresh(now: number): InboxConnection[] {
    return this.all().filter((connection) => this.isFresh(connection, now));
  }

  /** A device's second socket closes its first. */
  add(connection: InboxConnection): void {
    const older = this.of(connection.deviceId);
    this.#connections.set(connection.socket, connection);
    connection.save();
    for (const old of older) this.close(old, CLOSE.replaced, 'this device opened a newer socket');
  }

  drop(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    this.#connections.delete(socket);
    this.#deps.onGone(connection);
  }

  close(connection: InboxConnection, code: number, reason: string): void {
    connection.close(code, reason);
    this.drop(connection.socket);
  }

  /** Closes those that match. @returns how many */
  closeWhere(matches: (connection: InboxConnection) => boolean, code: number, reason: string): number {
    const matching = this.all().filter(matches);
    for (const connection of matching) this.close(connection, code, reason);
    return matching.length;
  }

  /** False when the session has ended, and the socket with it, or when the other side is gone. */
  send(connection: InboxConnection, text: string, now: number): boolean {
    if (this.closeExpired(connection, now)) return false;
    if (connection.send(text)) return true;
    this.drop(connection.socket);
    return false;
  }

  closeExpired(connection: InboxConnection, now: number): boolean {
    if (connection.attachment.expires_at > now) return false;
    this.close(connection, CLOSE.credentials_ended, 'the session has ended');
    return true;
  }
}

/** As it is serialised: ids packed, records as rows. */
interface Packed extends Omit<InboxAttachment, 'owed'> {
  owed: [conversationId: string, version: number | null, messageId: number][];
}

const pack = (attachment: InboxAttachment): Packed => ({
  ...attachment,
  owed: Object.entries(attachment.owed).map(([id, { version, message_id }]) => [packId(id), version, message_id]),
  ...(attachment.opened === undefined ? {} : { opened: attachment.opened.map(packId) }),
  watching: attachment.watching.map(packId),
  watchers: attachment.watchers.map(([id, until, sees]) => [packId(id), until, sees]),
});

const unpack = (packed: Packed): InboxAttachment => ({
  ...packed,
  owed: Object.fromEntries(packed.owed.map(([id, version, message_id]) => [unpackId(id), { version, message_id }])),
  ...(packed.opened === undefined ? {} : { opened: packed.opened.map(unpackId) }),
  watching: packed.watching.map(unpackId),
  watchers: packed.watchers.map(([id, until, sees]) => [unpackId(id), until, sees]),
});
