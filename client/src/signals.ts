/**
 * What is said besides the log: how far this device has got, and typing. Coalesced; losing one does no harm.
 * Knows no socket; `send` drops what cannot be sent.
 */
import type { SignalFrame } from '../../protocol/client-frames.ts';
import { TYPING_LEASE_MS } from '../../protocol/limits.ts';
import type { Receipt } from '../../protocol/server-frames.ts';
import type { Environment, TimelineView, TypingWhat } from './types.ts';

export const DELIVERED_INTERVAL_MS = 300;
export const READ_INTERVAL_MS = 1_000;
/** A typist is shown a little longer than the lease, so that a renewal on its way does not flicker. */
export const TYPING_GRACE_MS = 2_000;
/** While the user types, the lease is renewed this often at most. */
export const TYPING_INTERVAL_MS = TYPING_LEASE_MS / 2;

type Clock = Pick<Environment, 'now' | 'setTimer'>;

type Reached = 'delivered' | 'read';
const BOTH = ['delivered', 'read'] as const satisfies Reached[];

export interface Signals {
  delivered(messageId: number): void;
  read(messageId: number): void;
  typing(on: boolean, what?: TypingWhat): void;
  /** The server's idea of our receipts, after a hello: what it lacks is said again. */
  greeted(own: Receipt | undefined): void;
  /** The connection is gone: nothing leaves until the next hello. */
  shut(): void;
}

export function createSignals(clock: Clock, send: (...frames: SignalFrame[]) => void): Signals {
  const reached: Record<Reached, number> = { delivered: 0, read: 0 };
  const told: Record<Reached, number> = { delivered: 0, read: 0 };
  let open = false;
  const cancels: Partial<Record<Reached, () => void>> = {};
  let typing: { at: number; what: TypingWhat } | null = null;

  function reach(what: Reached, messageId: number): void {
    reached[what] = Math.max(reached[what], messageId);
    schedule();
  }

  const isBehind = (what: Reached) => reached[what] > told[what];
  /** What has been read already is told together with that; alone, reading counts as delivery only where it may be seen. */
  const canWait = () => cancels.read !== undefined && reached.read >= reached.delivered;

  function schedule(): void {
    for (const what of BOTH) {
      if (!open || cancels[what] || !isBehind(what)) continue;
      cancels[what] = clock.setTimer(
        () => {
          delete cancels[what];
          tell(what === 'read' ? BOTH : canWait() ? [] : ['delivered']);
        },
        what === 'read' ? READ_INTERVAL_MS : DELIVERED_INTERVAL_MS,
      );
    }
  }

  function tell(kinds: readonly Reached[]): void {
    const behind = kinds.filter(isBehind);
    if (behind.length > 0) send(...behind.map((op) => ({ op, message_id: reached[op] })));
    for (const what of behind) told[what] = reached[what];
  }

  return {
    delivered: (messageId) => reach('delivered', messageId),
    read: (messageId) => reach('read', messageId),
    typing(on, what = 'text') {
      if (!open) return;
      const now = clock.now();
      const isTold = typing !== null && typing.what === what && now >= typing.at && now < typing.at + TYPING_INTERVAL_MS;
      if (on ? isTold : typing === null) return;
      typing = on ? { at: now, what } : null;
      send(on && what !== 'text' ? { op: 'typing', on, what } : { op: 'typing', on });
    },
    greeted(own) {
      open = true;
      Object.assign(told, { delivered: own?.delivered ?? 0, read: own?.read ?? 0 });
      schedule();
    },
    shut() {
      open = false;
      typing = null;
      for (const what of BOTH) {
        cancels[what]?.();
        delete cancels[what];
      }
    },
  };
}

export interface Typists {
  heard(userId: string, on: boolean, what?: string): void;
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
    heard(userId, on, what) {
      const others = typing.filter((typist) => typist.user_id !== userId);
      if (!on && others.length === typing.length) return;
      const until = clock.now() + TYPING_LEASE_MS + TYPING_GRACE_MS;
      set(on ? [...others, what === undefined ? { user_id: userId, until } : { user_id: userId, until, what }] : others);
    },
    clear: () => set([]),
    list: () => typing,
  };
}
