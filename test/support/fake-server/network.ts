/**
 * A network between clients and the fake server, as TCP has it: what arrives arrives in order, late, or not
 * at all; a connection is cut with or without notice. On top of that frames may be repeated.
 */
import type { FetchLike, SocketLike } from '../../../client/src/types.ts';
import type { VirtualClock } from '../client-clock.ts';
import type { Chance } from '../client-random.ts';
import type { Service, Session } from './server.ts';

export interface Weather {
  delayMs: [number, number];
  /** Probability that a frame breaks its connection, … */
  cut: number;
  /** … that it silences it without anybody being told, … */
  silence: number;
  /** … that it comes twice. */
  repeat: number;
  /** Probability that a request or its answer is lost. */
  lost: number;
}

export const FAIR: Weather = { delayMs: [1, 5], cut: 0, silence: 0, repeat: 0, lost: 0 };

export class FakeNetwork {
  weather: Weather;
  /** The browser's cookie: the user who is signed in, for all its tabs. Empty: nobody. */
  cookie = '';
  readonly #clock: VirtualClock;
  readonly #chance: Chance;
  readonly #server: Service;
  readonly #links = new Set<Link>();

  constructor(clock: VirtualClock, chance: Chance, server: Service, weather: Weather = FAIR) {
    this.#clock = clock;
    this.#chance = chance;
    this.#server = server;
    this.weather = weather;
  }

  /** The network as one running program sees it, until that program is dead. `whenAwake`: a frozen one hears later. */
  uplink(
    isAlive: () => boolean,
    whenAwake: (action: () => void) => void = (action) => action(),
  ): {
    fetch: FetchLike;
    openSocket: (url: string) => SocketLike;
    openSockets: () => number;
    cut: () => void;
  } {
    const mine = new Set<Link>();
    return {
      fetch: (url, init) =>
        new Promise((resolve, reject) => {
          const fail = () => whenAwake(() => isAlive() && reject(new Error('the network failed')));
          init.signal.addEventListener('abort', fail);
          if (this.#chance.happens(this.weather.lost)) return void this.#later(fail);
          this.#later(() => {
            const userId = init.credentials === 'include' ? this.cookie : (init.headers['authorization'] ?? '').replace(/^Bearer /, '');
            const asked = { userId, meantFor: init.headers['natter-user'], body: init.body };
            const { status, body } = this.#server.request(init.method, new URL(url), asked);
            if (this.#chance.happens(this.weather.lost)) return this.#later(fail);
            this.#later(() =>
              whenAwake(
                () =>
                  isAlive() &&
                  resolve({ status, headers: { get: () => null }, text: async () => (body === undefined ? '' : JSON.stringify(body)) }),
              ),
            );
          });
        }),
      openSocket: (url) => {
        const link = new Link(this.#clock, this.#chance, this.#server, () => this.weather, isAlive, whenAwake);
        mine.add(link);
        this.#links.add(link);
        link.open(new URL(url), () => this.cookie);
        return link;
      },
      openSockets: () => [...mine].filter((link) => link.isOpen).length,
      cut: () => mine.forEach((link) => link.cut()),
    };
  }

  cutAll(): void {
    for (const link of this.#links) link.cut();
  }

  #later(action: () => void): void {
    this.#clock.setTimer(action, this.#chance.between(...this.weather.delayMs));
  }
}

type Listener = (event: never) => void;

class Link implements SocketLike {
  /** As the client sees it. */
  isOpen = true;
  readonly #listeners: { type: string; listener: Listener }[] = [];
  readonly #clock: VirtualClock;
  readonly #chance: Chance;
  readonly #server: Service;
  readonly #weather: () => Weather;
  readonly #isAlive: () => boolean;
  readonly #whenAwake: (action: () => void) => void;
  #session: Session | undefined;
  #silent = false;
  #broken = false;
  /** Nothing overtakes: the instant of the last arrival in each direction. */
  readonly #arrivals = { up: 0, down: 0 };

  constructor(
    clock: VirtualClock,
    chance: Chance,
    server: Service,
    weather: () => Weather,
    isAlive: () => boolean,
    whenAwake: (action: () => void) => void,
  ) {
    this.#clock = clock;
    this.#chance = chance;
    this.#server = server;
    this.#weather = weather;
    this.#isAlive = isAlive;
    this.#whenAwake = whenAwake;
  }

  open(url: URL, cookie: () => string): void {
    this.#carry(
      'up',
      () => {
        const socket = {
          send: (text: string) => this.#carry('down', () => this.#emit('message', { data: text })),
          close: (code: number, reason: string) => this.#carry('down', () => this.#end(code, reason)),
        };
        const opened = this.#server.open(url, socket, cookie());
        if ('status' in opened) return this.cut();
        this.#session = opened;
      },
      false,
    );
  }

  send(data: string): void {
    if (!this.isOpen) throw new Error('the socket is closed');
    this.#carry('up', () => this.#session?.hear(data));
  }

  close(): void {
    this.isOpen = false;
    this.#carry('up', () => this.#leave());
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.push({ type, listener });
  }

  /** Both ends learn of it, each in its own time; what is under way is lost. */
  cut(): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#later(() => this.#leave());
    this.#later(() => this.#end(1006, ''));
  }

  #carry(direction: 'up' | 'down', arrive: () => void, isFrame = true): void {
    const { delayMs, cut, silence, repeat } = this.#weather();
    if (this.#chance.happens(cut)) this.cut();
    if (this.#chance.happens(silence)) this.#silent = true;
    const times = isFrame && this.#chance.happens(repeat) ? 2 : 1;
    const at = Math.max(this.#arrivals[direction], this.#clock.now() + this.#chance.between(...delayMs));
    this.#arrivals[direction] = at;
    for (let time = 0; time < times; time++) {
      this.#clock.setTimer(() => this.#broken || this.#silent || arrive(), at - this.#clock.now());
    }
  }

  #later(action: () => void): void {
    this.#clock.setTimer(action, this.#chance.between(...this.#weather().delayMs));
  }

  #leave(): void {
    this.#session?.leave();
  }

  #end(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#broken = true;
    this.#emit('close', { code, reason });
  }

  #emit(type: string, event: unknown): void {
    this.#whenAwake(() => {
      if (!this.#isAlive()) return;
      for (const each of this.#listeners) if (each.type === type) each.listener(event as never);
    });
  }
}
