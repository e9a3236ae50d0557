/**
 * Who is there: one observable per user. Whoever is subscribed to is watched, at most 200, the newest first; the
 * set is sent when it changes (gathered for a moment), after each hello, and before the server lets it lapse.
 * Knows no socket; `send` drops what cannot be sent.
 */
import type { InboxClientFrame, PresenceFrame } from '../../protocol/inbox.ts';
import { WATCHED_USERS_MAX, WATCH_LEASE_MS } from '../../protocol/limits.ts';
import { createSource, type Source } from './observable.ts';
import type { Environment, Observable, PresenceView } from './types.ts';

export const WATCH_GATHER_MS = 100;
export const WATCH_RENEWAL_MS = WATCH_LEASE_MS / 2;

interface Watched {
  source: Source<PresenceView | null>;
  subscribers: number;
  value: PresenceView | null;
}

export interface Presences {
  of(userId: string): Observable<PresenceView | null>;
  setActive(on: boolean): void;
  heard(frame: PresenceFrame): void;
  greeted(): void;
  shut(): void;
}

export function createPresences(clock: Pick<Environment, 'setTimer'>, send: (frame: InboxClientFrame) => void): Presences {
  const users = new Map<string, Watched>();
  /** Subscribed to, the newest last. */
  const order = new Set<string>();
  let told = '[]';
  let active = true;
  let open = false;
  let cancelGathering: (() => void) | undefined;
  let cancelRenewal = () => {};

  const watched = (): string[] => [...order].slice(-WATCHED_USERS_MAX);

  function gather(): void {
    if (!open) return;
    cancelGathering ??= clock.setTimer(() => {
      cancelGathering = undefined;
      if (JSON.stringify(watched()) !== told) tell();
    }, WATCH_GATHER_MS);
  }

  function tell(): void {
    const user_ids = watched();
    told = JSON.stringify(user_ids);
    send({ op: 'watch', user_ids });
    const set = new Set(user_ids);
    for (const [userId, user] of users) if (!set.has(userId)) show(user, null);
    cancelRenewal();
    cancelRenewal = user_ids.length === 0 ? () => {} : clock.setTimer(tell, WATCH_RENEWAL_MS);
  }

  function show(user: Watched, value: PresenceView | null): void {
    if (user.value === value) return;
    user.value = value;
    user.source.outdate();
  }

  function made(userId: string): Watched {
    const user: Watched = {
      subscribers: 0,
      value: null,
      source: createSource(
        () => user.value,
        () => {
          user.subscribers++;
          order.delete(userId);
          order.add(userId);
          gather();
        },
        () => {
          if (--user.subscribers > 0) return;
          order.delete(userId);
          gather();
        },
      ),
    };
    users.set(userId, user);
    return user;
  }

  return {
    of: (userId) => (users.get(userId) ?? made(userId)).source,
    setActive(on) {
      if (on === active) return;
      active = on;
      if (open) send({ op: 'active', on });
    },
    heard({ user_id, status, last_seen }) {
      const user = users.get(user_id);
      // Late news of somebody who is no longer watched would never be corrected.
      if (user && order.has(user_id)) show(user, last_seen === undefined ? { status } : { status, last_seen });
    },
    greeted() {
      open = true;
      told = '[]';
      if (!active) send({ op: 'active', on: false });
      if (order.size > 0) tell();
    },
    shut() {
      open = false;
      cancelGathering?.();
      cancelGathering = undefined;
      cancelRenewal();
      for (const user of users.values()) show(user, null);
    },
  };
}
