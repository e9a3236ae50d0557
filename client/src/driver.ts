/**
 * Gives the connection machine its socket, its one timer and its hints. Decides nothing.
 * Invariant: at most one socket; what an older one still says is not heard.
 */
import { INITIAL, dueAt, statusOf, transition, type Effect, type Event, type State } from './connection.ts';
import { refusalOf } from './error.ts';
import type { ConnectionStatus, Environment, SocketLike } from './types.ts';

export interface DriverHost {
  /** Everything needed before a socket: the address to open. Rejects with `NatterError`. */
  prepare(): Promise<string>;
  /** Asks the server whether we may be here. Rejects with `NatterError`. */
  ask(): Promise<unknown>;
  /** A text frame other than a pong. True: it held the hello. */
  onText(text: string): boolean;
  onStatus(status: ConnectionStatus): void;
}

export interface Driver {
  dispatch(event: Event): void;
  send(text: string): void;
  status(): ConnectionStatus;
}

export function createDriver(environment: Environment, host: DriverHost): Driver {
  let state: State = INITIAL;
  let status = statusOf(state);
  let socket: SocketLike | undefined;
  /** Rises with every opening and closing, so that late answers and sockets are known as such. */
  let generation = 0;
  let cancelTimer = () => {};
  let cancelHints: (() => void)[] = [];

  function dispatch(event: Event): void {
    const next = transition(state, event, environment.now(), environment.random);
    const before = state;
    state = next.state;
    if (isActive(state) !== isActive(before)) listen(isActive(state));
    for (const effect of next.effects) perform(effect);
    if (state === next.state) arm();
    const told = statusOf(state);
    if (told.state === status.state && told.reason === status.reason && told.retryAt === status.retryAt) return;
    status = told;
    host.onStatus(status);
  }

  function perform(effect: Effect): void {
    switch (effect.type) {
      case 'open':
        return void open(++generation);
      case 'ask':
        return void ask(++generation);
      case 'close':
        generation++;
        attempt(() => socket?.close(effect.code, effect.reason));
        socket = undefined;
        return;
      case 'ping':
        return send('ping');
    }
  }

  async function open(mine: number): Promise<void> {
    try {
      const url = await host.prepare();
      if (mine === generation) attach(environment.openSocket(url), mine);
    } catch (error) {
      if (mine === generation) dispatch({ type: 'refused', refusal: refusalOf(error) });
    }
  }

  async function ask(mine: number): Promise<void> {
    try {
      await host.ask();
      if (mine === generation) dispatch({ type: 'welcome' });
    } catch (error) {
      if (mine === generation) dispatch({ type: 'refused', refusal: refusalOf(error) });
    }
  }

  function attach(opened: SocketLike, mine: number): void {
    socket = opened;
    opened.addEventListener('message', ({ data }) => {
      if (mine !== generation || typeof data !== 'string') return;
      dispatch({ type: 'heard' });
      if (data === 'pong') return;
      if (host.onText(data) && mine === generation) dispatch({ type: 'hello' });
    });
    opened.addEventListener('close', ({ code, reason }) => {
      if (mine !== generation) return;
      socket = undefined;
      dispatch({ type: 'closed', code, reason });
    });
    // An error is always followed by a close; without a listener Node would report it as uncaught.
    opened.addEventListener('error', () => {});
  }

  function send(text: string): void {
    attempt(() => socket?.send(text));
  }

  function arm(): void {
    cancelTimer();
    const due = dueAt(state);
    cancelTimer = due === null ? () => {} : environment.setTimer(tick, Math.max(0, due - environment.now()));
  }

  function tick(): void {
    dispatch({ type: 'timer' });
  }

  function listen(on: boolean): void {
    for (const cancel of cancelHints) cancel();
    cancelHints = [];
    if (!on) return;
    if (environment.heartbeat) cancelHints.push(environment.heartbeat(tick));
    if (environment.onlineHint) cancelHints.push(environment.onlineHint((hint) => dispatch({ type: 'hint', hint })));
  }

  return { dispatch, send, status: () => status };
}

const isActive = (state: State): boolean => state.at !== 'idle' && state.at !== 'ended';

/** A socket that is closing throws; its close event tells the rest. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // Nothing to do: see above.
  }
}
