/**
 * A naive device: it keeps what it sent in an ordered queue until it is answered, sends the whole
 * queue again after each reconnect, every frame as it was first, and drops what it has by number.
 */
import type { Assembly } from '../../../durable/conversation/assembly.ts';
import { syncPage, type Page } from '../../../durable/conversation/pages.ts';
import type { LogFrame } from '../../../protocol/client-frames.ts';
import { ERRORS, type ErrorCode } from '../../../protocol/errors.ts';
import type { Message } from '../../../protocol/message.ts';
import type { Receipt, ServerFrame } from '../../../protocol/server-frames.ts';
import type { VirtualClock } from '../../support/client-clock.ts';
import type { Chance } from '../../support/client-random.ts';
import type { DeviceEnd, SimulatedSocket } from './link.ts';
import type { SimulatedObject } from './object.ts';

export interface DeviceWorld {
  clock: VirtualClock;
  chance: Chance;
  object: SimulatedObject;
  acked(device: Device, frame: { global_id: string; message_id: number }): void;
  /** Positions that a device was told of. */
  sees(viewerId: string, receipts: readonly Receipt[]): void;
  breach(what: string): void;
  count(what: string): void;
}

type Told<Op extends ServerFrame['op']> = Extract<ServerFrame, { op: Op }>;
type Kept = Pick<Message, 'message_id' | 'global_id' | 'sender_id'>;

export class Device {
  readonly userId: string;
  readonly deviceId: string;
  readonly log = new Map<number, Kept>();
  /** In the order in which they were pressed. */
  readonly pressed: LogFrame[] = [];
  readonly refused = new Map<string, ErrorCode>();
  queue: LogFrame[] = [];
  /** Everything up to there is in the log. */
  last = 0;
  readTo = 0;
  readonly #world: DeviceWorld;
  #socket: SimulatedSocket | null = null;
  #connecting = false;
  #retrying = false;
  /** The number that this socket must bring next; null before its hello. */
  #next: number | null = null;
  /** The first number of the live stream, when a hello left a gap before it. */
  #skipTo: number | null = null;
  /** Counts sockets: what one of before still says is heard no more. */
  #generation = 0;
  #early: string[] = [];

  constructor(world: DeviceWorld, userId: string, deviceId: string) {
    this.#world = world;
    this.userId = userId;
    this.deviceId = deviceId;
  }

  press(frames: readonly LogFrame[]): void {
    this.pressed.push(...frames);
    this.queue.push(...frames);
    this.#sayAll(frames);
  }

  read(messageId: number): void {
    this.readTo = Math.max(this.readTo, messageId);
    this.say({ op: 'read', message_id: messageId });
  }

  say(frame: object): void {
    if (this.#next !== null) this.#socket?.say(JSON.stringify(frame));
  }

  hangUp(): void {
    if (this.#socket === null) return;
    this.#socket.hangUp();
    this.#closed(1000);
  }

  cut(): void {
    this.#socket?.cut();
  }

  connect(): void {
    if (this.#connecting || this.#socket !== null) return;
    this.#connecting = true;
    this.#early = [];
    const { clock, object } = this.#world;
    const generation = ++this.#generation;
    const origin = { user_id: this.userId, device_id: this.deviceId, session_id: 'session', expires_at: clock.now() + 1e12 };
    const ears: DeviceEnd = {
      told: (text) => (generation === this.#generation ? this.#told(text) : undefined),
      closed: (code) => (generation === this.#generation ? this.#closed(code) : undefined),
    };
    void object.connect(origin, this.last, ears).then(
      (socket) => {
        if (socket === null) return this.#again(5_000);
        this.#connecting = false;
        this.#socket = socket;
        for (const text of this.#early.splice(0)) this.#told(text);
        if (!socket.open) this.#closed(1006);
      },
      () => this.#again(1_000),
    );
  }

  #told(text: string): void {
    if (this.#socket === null) return void this.#early.push(text);
    for (const frame of [JSON.parse(text) as ServerFrame | ServerFrame[]].flat()) this.#frame(frame);
  }

  #closed(code: number): void {
    if (this.#connecting) return;
    this.#socket = null;
    this.#next = null;
    this.#generation += 1;
    this.#world.count(`closed ${code}`);
    this.#again(3_000);
  }

  #again(delayMs: number): void {
    this.#connecting = false;
    this.#world.clock.setTimer(() => this.connect(), this.#world.chance.between(0, delayMs));
  }

  #frame(frame: ServerFrame): void {
    switch (frame.op) {
      case 'hello':
        return this.#hello(frame);
      case 'message':
        this.#inOrder(frame.message.message_id);
        return this.#keep(frame.message);
      case 'ack':
        return this.#ack(frame);
      case 'nack':
        return this.#nack(frame);
      case 'error':
        return this.#world.breach(`${this.deviceId} was told ${frame.code}: ${frame.detail}`);
      case 'receipts':
        return this.#world.sees(this.userId, frame.receipts);
      case 'typing':
        return;
    }
  }

  #hello(frame: Told<'hello'>): void {
    const { last_message_id, from_message_id, has_more, receipts } = frame;
    if (last_message_id < this.last) this.#world.breach(`[P1] the log ends at ${last_message_id}, ${this.deviceId} has ${this.last}`);
    if (from_message_id > this.last + 1) this.#world.breach(`[P7] hello begins at ${from_message_id}, ${this.deviceId} has ${this.last}`);
    this.#next = from_message_id;
    this.#skipTo = has_more ? last_message_id + 1 : null;
    if (has_more) this.#sync();
    this.#world.sees(this.userId, receipts);
    const own = receipts.find(({ user_id }) => user_id === this.userId)?.read ?? 0;
    if (own < this.readTo) this.read(this.readTo);
    if (this.queue.length > 0) this.#world.count('queue sent again');
    this.#sayAll(this.queue);
  }

  /** [P2] On one socket the entries come as 1, 2, 3, …; behind a hello with more, the live stream begins after its head. */
  #inOrder(number: number): void {
    if (number !== this.#next && number !== this.#skipTo)
      this.#world.breach(`[P2] ${this.deviceId} gets ${number} instead of ${this.#next}`);
    if (number === this.#skipTo) this.#skipTo = null;
    this.#next = number + 1;
  }

  #ack(frame: Told<'ack'>): void {
    this.#world.acked(this, frame);
    this.queue = this.queue.filter(({ global_id }) => global_id !== frame.global_id);
    const fresh = frame.message_id >= Math.max(this.#next ?? 0, this.#skipTo ?? 0);
    if (!fresh) return this.#world.count('repeat answered');
    this.#inOrder(frame.message_id);
    this.#keep({ ...frame, sender_id: this.userId });
  }

  #nack({ global_id, code, retry_after }: Told<'nack'>): void {
    const { clock, count } = this.#world;
    count(`nack ${code}`);
    if (ERRORS[code].retry !== 'later') {
      this.refused.set(global_id, code);
      this.queue = this.queue.filter((frame) => frame.global_id !== global_id);
      return;
    }
    if (this.#retrying) return;
    this.#retrying = true;
    const again = (): void => {
      this.#retrying = false;
      this.#sayAll(this.queue);
    };
    clock.setTimer(again, (retry_after ?? 1) * 1_000);
  }

  #keep(entry: Kept): void {
    if (!this.log.has(entry.message_id)) this.log.set(entry.message_id, entry);
    while (this.log.has(this.last + 1)) this.last += 1;
  }

  #sync(): void {
    const generation = this.#generation;
    this.#world.count('synced');
    const page = (open: Assembly): Page => {
      open.room.flush();
      return open.writer.members.has(this.userId) ? syncPage(open.reader(), this.last, 100) : { messages: [], hasMore: false };
    };
    void this.#world.object.request(page).then(
      ({ messages, hasMore }) => {
        for (const json of messages) this.#keep(JSON.parse(json) as Message);
        if (hasMore && generation === this.#generation) this.#sync();
      },
      () => (generation === this.#generation ? this.#sync() : undefined),
    );
  }

  #sayAll(frames: readonly LogFrame[]): void {
    if (this.#next === null || frames.length === 0) return;
    const { chance } = this.#world;
    const stuttered = frames.flatMap((frame) => (chance.happens(0.02) ? [frame, frame] : [frame]));
    if (stuttered.length > 1 && stuttered.length <= 100 && chance.happens(0.5)) this.#socket?.say(JSON.stringify(stuttered));
    else for (const frame of stuttered) this.#socket?.say(JSON.stringify(frame));
  }
}
