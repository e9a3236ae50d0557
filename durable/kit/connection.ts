/**
 * One socket of an object and what is attached to it. The attachment survives hibernation, so
 * whatever is changed in it must be saved. It never throws when the other side is gone already.
 * Invariant: what was closed has no attachment any more. The platform hands a socket out again after
 * hibernation, and hands on what it says, for as long as its other side does not answer the close.
 */
import type { Session } from '../session.ts';

export type Socket = Pick<WebSocket, 'send' | 'close' | 'serializeAttachment' | 'deserializeAttachment'>;

export interface Attached extends Session {
  device_id: string;
  opened_at: number;
}

export class Connection<Attachment extends Attached> {
  readonly socket: Socket;
  readonly attachment: Attachment;
  #isClosed = false;

  constructor(socket: Socket, attachment: Attachment) {
    this.socket = socket;
    this.attachment = attachment;
  }

  get userId(): string {
    return this.attachment.user_id;
  }

  get deviceId(): string {
    return this.attachment.device_id;
  }

  /** After changing the attachment. */
  save(): void {
    if (!this.#isClosed) this.socket.serializeAttachment(this.packed());
  }

  /** The attachment as it is stored. */
  protected packed(): unknown {
    return this.attachment;
  }

  /** False when the socket is gone already. */
  send(text: string): boolean {
    try {
      this.socket.send(text);
      return true;
    } catch {
      return false;
    }
  }

  close(code: number, reason: string): void {
    this.#isClosed = true;
    try {
      this.socket.serializeAttachment(null);
      this.socket.close(code, reason);
    } catch {
      // It was closed from the other side in the meantime.
    }
  }
}
