/**
 * One socket with a network between its ends: frames arrive in order, after a while, or not at all.
 * A cut loses what was under way in either direction; each end notices in its own time.
 */
import type { Attachment } from '../../../durable/conversation/connections.ts';
import type { Socket } from '../../../durable/kit/connection.ts';
import type { Chance } from '../../support/client-random.ts';
import type { VirtualClock } from '../../support/client-clock.ts';

export interface LinkEnds {
  /** At the object: a frame, and the end. */
  receive(socket: SimulatedSocket, text: string): void;
  left(socket: SimulatedSocket): void;
  /** What the object sends and closes goes out when its turn is on disk. */
  output(release: () => void): void;
  sending(socket: SimulatedSocket, text: string): void;
}

export interface DeviceEnd {
  told(text: string): void;
  closed(code: number): void;
}

export class SimulatedSocket implements Socket {
  readonly userId: string;
  open = true;
  /** The object's process died, or the network did, as far as the object knows. */
  gone = false;
  #attachment = '';
  readonly #ends: LinkEnds;
  readonly #device: DeviceEnd;
  readonly #clock: VirtualClock;
  readonly #chance: Chance;
  #upAt = 0;
  #downAt = 0;
  #upLost = false;
  #downLost = false;
  #deviceKnows = false;
  #cut = false;

  constructor(userId: string, ends: LinkEnds, device: DeviceEnd, clock: VirtualClock, chance: Chance) {
    this.userId = userId;
    this.#ends = ends;
    this.#device = device;
    this.#clock = clock;
    this.#chance = chance;
  }

  send(text: string): void {
    if (!this.open) throw new TypeError('the socket is closed');
    this.#ends.sending(this, text);
    this.#ends.output(() => this.#down(() => this.#device.told(text)));
  }

  close(code = 1000): void {
    if (!this.open) throw new TypeError('the socket is closed');
    this.open = false;
    this.#ends.output(() => this.#down(() => this.#tellClosed(code)));
  }

  serializeAttachment(value: Attachment): void {
    const text = JSON.stringify(value);
    if (text.length > 16_384) throw new Error('the attachment is too large');
    this.#attachment = text;
  }

  deserializeAttachment(): Attachment {
    return JSON.parse(this.#attachment) as Attachment;
  }

  /** From the device. */
  say(text: string): void {
    this.#up(() => this.#ends.receive(this, text));
  }

  hangUp(): void {
    this.#deviceKnows = true;
    this.#up(() => this.#leave());
  }

  /** The network in between goes away. */
  cut(): void {
    if (this.#cut) return;
    this.#cut = true;
    this.#upLost = this.#chance.happens(0.5);
    this.#downLost ||= this.#chance.happens(0.5);
    this.#clock.setTimer(() => this.#leave(), Math.max(0, this.#upAt - this.#clock.now()) + this.#chance.between(0, 5_000));
    this.#clock.setTimer(() => this.#tellClosed(1006), Math.max(0, this.#downAt - this.#clock.now()) + this.#chance.between(0, 2_000));
  }

  /** The object's process died: nothing more reaches it, and nobody there notices. */
  reset(): void {
    this.gone = true;
    this.open = false;
    this.#upLost = true;
    this.#downLost ||= this.#chance.happens(0.5);
    this.#clock.setTimer(() => this.#tellClosed(1006), Math.max(0, this.#downAt - this.#clock.now()) + this.#chance.between(0, 500));
  }

  #leave(): void {
    if (this.gone) return;
    this.gone = true;
    this.open = false;
    this.#ends.left(this);
  }

  #tellClosed(code: number): void {
    if (this.#deviceKnows) return;
    this.#deviceKnows = true;
    this.#device.closed(code);
  }

  #up(arrive: () => void): void {
    this.#upAt = Math.max(this.#upAt, this.#clock.now() + this.#chance.between(1, 80));
    this.#clock.setTimer(() => (this.#upLost ? undefined : arrive()), this.#upAt - this.#clock.now());
  }

  #down(arrive: () => void): void {
    this.#downAt = Math.max(this.#downAt, this.#clock.now() + this.#chance.between(1, 80));
    this.#clock.setTimer(() => (this.#downLost || this.#deviceKnows ? undefined : arrive()), this.#downAt - this.#clock.now());
  }
}
