/**
 * What is said besides the log: how far this device has got, and typing. Coalesced; losing one does no harm.
 * Knows no socket; `send` drops what cannot be sent.
 */
import type { SignalFrame } from '../../protocol/client-frames.ts';
import { TYPING_LEASE_MS } from '../../protocol/limits.ts';
import type { Receipt } from '../../protocol/server-frames.ts';
import type { Environment, TimelineView } from './types.ts';

export const RECEIPT_INTERVAL_MS = 300;
/** While the user types, the lease is renewed this often at most. */
export const TYPING_INTERVAL_MS = TYPING_LEASE_MS / 2;

type Clock = Pick<Environment, 'now' | 'setTimer'>;

export interface Signals {
  delivered(messageId: number): void;
  read(messageId: number): void;
  typing(on: boolean): void;
  /** The server's idea of our receipts, after a hello: what it lacks is said again. */
  greeted(own: Receipt | undefined): void;
  /** The connection is gone: nothing leaves until the next hello. */
  shut(): void;
}

export function createSignals(clock: Clock, send: (frame: SignalFrame) => void): Signals {
  const reached = { delivered: 0, read: 0 };
  const told = { delivered: 0, read: 0 };
  let open = false;
  let cancel: (() => void) | undefined;
  let typingAt: number | null = null;

  function reach(what: 'delivered' | 'read', messageId: number): void {
    reached[what] = Math.max(reached[what], messageId);
    schedule();
  }

  function schedule(): void {
    if (!open || cancel || !isBehind()) return;
    cancel = clock.setTimer(() => {
      cancel = undefined;
      // Reading implies delivery.
      if (reached.delivered > Math.max(told.delivered, reached.read)) send({ op: 'delivered', message_id: reached.delivered });
      if (reached.read > told.read) send({ op: 'read', message_id: reached.read });
      Object.assign(told, reached);
    }, RECEIPT_INTERVAL_MS);
  }

  const isBehind = () => reached.delivered > Math.max(told.delivered, told.read) || reached.read > told.read;

  return {
    delivered: (messageId) => reach('delivered', messageId),
    read: (messageId) => reach('read', messageId),
    typing(on) {
      if (!open) return;
      const now = clock.now();
      if (on ? typingAt !== null && now < typingAt + TYPING_INTERVAL_MS : typingAt === null) return;
      typingAt = on ? now : null;
      send({ op: 'typing', on });
    },
    greeted(own) {
      open = true;
      Object.assign(told, { delivered: own?.delivered ?? 0, read: own?.read ?? 0 });
      schedule();
    },
    shut() {
      open = false;
      typingAt = null;
      cancel?.();
      cancel = undefined;
    },
  };
}

export interface Typists {
  heard(userId: string, on: boolean): void;
  clear(): void;
  list(): TimelineView['typing'];
}

/** Who is typing: each for as long as their lease. */
export function createTypists(clock: Clock, onChange: () => void): Typists {
  let typing: TimelineView['typing'] = [];
  let cancel = () => {};

  function set(next: TimelineView['typing']): void {
    if (next.length === 0 && typing.length === 0) return;
    typing = next;
    cancel();
    const until = Math.min(...typing.map((typist) => typist.until));
    cancel =
      typing.length === 0
        ? () => {}
        : clock.setTimer(() => set(typing.filter((typist) => typist.until > clock.now())), until - clock.now());
    onChange();
  }

  return {
    heard(userId, on) {
      const others = typing.filter((typist) => typist.user_id !== userId);
      if (!on && others.length === typing.length) return;
      set(on ? [...others, { user_id: userId, until: clock.now() + TYPING_LEASE_MS }] : others);
    },
    clear: () => set([]),
    list: () => typing,
  };
}
