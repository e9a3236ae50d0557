/** Time, chance and network as the platform has them: browsers, Workers, Node 22 and later. */
import type { Environment, FetchLike, NetworkHint, SocketLike } from './types.ts';

export function platform(): Environment {
  return {
    now: () => Date.now(),
    // Ids are made of this, so it comes from the secure source.
    random: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32,
    setTimer(callback, delayMs) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    fetch: (async (url, init) => fetch(url, init)) satisfies FetchLike,
    openSocket: (url): SocketLike => new WebSocket(url),
    ...(typeof addEventListener === 'function' && { onlineHint: listenToWindow }),
    ...(locks() && { lock: takeLock }),
  };
}

/** What we use of a page; workers have the first two events only, Node none. */
interface Page {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
  document?: Page & { visibilityState: string };
}

function listenToWindow(listener: (hint: NetworkHint) => void): () => void {
  const page: Page = globalThis;
  const online = () => listener('online');
  const offline = () => listener('offline');
  const visible = () => page.document?.visibilityState === 'visible' && listener('visible');
  page.addEventListener('online', online);
  page.addEventListener('offline', offline);
  page.document?.addEventListener('visibilitychange', visible);
  return () => {
    page.removeEventListener('online', online);
    page.removeEventListener('offline', offline);
    page.document?.removeEventListener('visibilitychange', visible);
  };
}

/** What we use of Web Locks (https://w3c.github.io/web-locks/); Node and old browsers have none. */
interface Locks {
  request(name: string, options: { signal: AbortSignal }, held: () => Promise<void>): Promise<void>;
}

const locks = (): Locks | undefined => (globalThis as { navigator?: { locks?: Locks } }).navigator?.locks;

function takeLock(name: string, onHeld: () => void): () => void {
  const abort = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const held = () => {
    onHeld();
    return promise;
  };
  // Refused only when it was given back before it was ours.
  locks()
    ?.request(name, { signal: abort.signal }, held)
    .catch(() => {});
  return () => {
    abort.abort();
    resolve();
  };
}
