/** One run of the client on a device, with what happens to real ones: frozen, in a hidden tab, with a clock that jumps, killed. */
import { createClient, type Client, type ClientOptions, type NetworkHint } from '../../client/src/index.ts';
import type { VirtualClock } from './client-clock.ts';
import type { Disk } from './client-disk.ts';
import type { Locks } from './client-locks.ts';
import type { Chance } from './client-random.ts';
import type { FakeNetwork } from './fake-server/network.ts';

/** Browsers run the timers of hidden tabs once a minute. */
const HIDDEN_TIMER_MS = 60_000;

export interface ProgramOptions {
  clock: VirtualClock;
  chance: Chance;
  network: FakeNetwork;
  locks: Locks;
  disk: Disk;
  userId: string;
  deviceId: string;
  /** With a heartbeat that hidden tabs keep. */
  hasWorker: boolean;
  /** A tab: the credential is the browser's cookie, whoever's that is by then. */
  isTab?: boolean;
}

export interface Program {
  client: Client;
  openSockets(): number;
  hint(hint: NetworkHint): void;
  /** Nothing runs and nothing is heard for so long; then everything at once. */
  freeze(durationMs: number): void;
  hide(on: boolean): void;
  /** Somebody sets the device's clock. */
  jump(byMs: number): void;
  kill(): void;
}

export function startProgram({ clock, chance, network, locks, disk, userId, deviceId, hasWorker, isTab = false }: ProgramOptions): Program {
  let isAlive = true;
  let isHidden = false;
  let skew = 0;
  /** What waits for the thaw; null: not frozen. */
  let frozen: (() => void)[] | null = null;
  const listeners = new Set<(hint: NetworkHint) => void>();
  const whenAwake = (action: () => void): void => void (frozen ? frozen.push(action) : action());
  const setTimer = (callback: () => void, delayMs: number, isSlow: boolean): (() => void) => {
    let isCancelled = false;
    const run = () => void (isAlive && !isCancelled && callback());
    const cancel = clock.setTimer(() => whenAwake(run), isSlow ? Math.ceil((delayMs + 1) / HIDDEN_TIMER_MS) * HIDDEN_TIMER_MS : delayMs);
    return () => {
      isCancelled = true;
      cancel();
    };
  };
  const beat = (tick: () => void): (() => void) => {
    let cancel = () => {};
    const next = () => void (cancel = setTimer(() => [tick(), next()], 5_000, false));
    next();
    return () => cancel();
  };

  const identity: Pick<ClientOptions, 'auth' | 'userId'> = isTab
    ? { auth: { kind: 'cookie' }, userId }
    : { auth: { kind: 'token', token: userId } };
  const uplink = network.uplink(() => isAlive, whenAwake);
  const client = createClient({
    url: 'http://server',
    ...identity,
    storage: disk.mount(() => isAlive),
    deviceId,
    environment: {
      now: () => clock.now() + skew,
      random: chance,
      setTimer: (callback, delayMs) => setTimer(callback, delayMs, isHidden),
      fetch: uplink.fetch,
      openSocket: uplink.openSocket,
      lock: locks.mount(() => isAlive),
      ...(hasWorker && { heartbeat: beat }),
      onlineHint(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
  });
  const hint = (what: NetworkHint) => whenAwake(() => isAlive && [...listeners].forEach((listener) => listener(what)));
  return {
    client,
    openSockets: uplink.openSockets,
    hint,
    freeze(durationMs) {
      if (frozen) return;
      frozen = [];
      clock.setTimer(() => {
        const waiting = frozen ?? [];
        frozen = null;
        for (const action of waiting) action();
      }, durationMs);
    },
    hide(on) {
      isHidden = on;
      if (!on) hint('visible');
    },
    jump: (byMs) => void (skew += byMs),
    kill() {
      isAlive = false;
      uplink.cut();
      locks.bury();
    },
  };
}
