/** A socket whose other end is a device in the same program. It never fails. */
import type { Socket } from '../durable/kit/connection.ts';

export class BenchSocket implements Socket {
  readonly #onFrame: (frame: Frame) => void;
  #attachment: unknown = null;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  send(text: string): void {
    const frames = JSON.parse(text) as Frame | Frame[];
    for (const frame of Array.isArray(frames) ? frames : [frames]) this.#onFrame(frame);
  }

  close(): void {
    throw new Error('nobody is thrown out here');
  }

  serializeAttachment(value: unknown): void {
    this.#attachment = structuredClone(value);
  }

  deserializeAttachment(): unknown {
    return structuredClone(this.#attachment);
  }
}

/** What the devices here look at in a frame of either socket. */
export interface Frame {
  op: string;
  cursor?: string;
  conversation?: { last_message_id: number };
  messages?: unknown[];
  message?: { message_id: number };
  message_id?: number;
}
