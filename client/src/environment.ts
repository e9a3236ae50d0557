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
