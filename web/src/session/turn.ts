/**
 * Which tab of this browser has the inbox: a device has one socket for it, and a second one closes the first.
 * A tab that somebody looks at takes it; the others wait in line until the one that has it is closed.
 * Without Web Locks nobody waits, and a tab takes its turn when it is looked at again.
 * Invariant: only the tab whose turn it is stays connected.
 */
import type { InboxHandle, Observable } from '@natter/client';
import { createValue } from './value.ts';

/** `waiting`: it has not had a turn yet. */
export type TurnState = 'waiting' | 'ours' | 'elsewhere';

export interface Turn {
  state: Observable<TurnState>;
  /** Until then nothing connects. */
  start(): void;
  /** Somebody is here. Cheap: call it at every touch. */
  take(): void;
  stop(): void;
}

/** What we use of Web Locks (https://w3c.github.io/web-locks/). */
export interface Locks {
  request(name: string, options: { steal: true } | { signal: AbortSignal }, held: () => Promise<void>): Promise<void>;
}

export function createTurn(inbox: Pick<InboxHandle, 'status' | 'open' | 'close'>, name: string, locks: Locks | undefined): Turn {
  const state = createValue<TurnState>('waiting');
  let leaveLine = () => {};
  let unwatch = () => {};

  function begin(): void {
    if (state.get() === 'ours') return;
    state.set('ours');
    inbox.open();
  }

  function lose(): void {
    state.set('elsewhere');
    inbox.close();
    stand('in line');
  }

  function stand(place: 'in line' | 'in front'): void {
    leaveLine();
    const left = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    leaveLine = () => {
      left.abort();
      resolve();
    };
    const held = () => {
      if (!left.signal.aborted) begin();
      return promise;
    };
    locks
      ?.request(name, place === 'in front' ? { steal: true } : { signal: left.signal }, held)
      // Refused when we have left the line, or when another tab took its place in front.
      .catch(() => left.signal.aborted || lose());
  }

  function look(): void {
    const { state: at, reason } = inbox.status.get();
    const isOurs = state.get() === 'ours';
    if (isOurs && reason === 'replaced') lose();
    // The client connects for whoever looks at its rows.
    else if (!isOurs && at !== 'idle' && at !== 'ended') inbox.close();
  }

  return {
    state,
    start() {
      unwatch = inbox.status.subscribe(look);
      stand('in line');
    },
    take() {
      if (state.get() === 'ours') return;
      stand('in front');
      begin();
    },
    stop() {
      unwatch();
      leaveLine();
      state.set('waiting');
      inbox.close();
    },
  };
}
