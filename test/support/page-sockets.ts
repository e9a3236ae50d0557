/** The WebSockets of a page, known from its start, so that a test can break them off: setting a context offline leaves them as they are. */
import type { Page } from 'playwright-core';

interface WithSockets {
  openSockets: Set<WebSocket>;
  WebSocket: unknown;
}

/** Runs in the page, before anything else. */
export function keepSockets(): void {
  const scope = globalThis as unknown as WithSockets & { WebSocket: typeof WebSocket };
  scope.openSockets = new Set();
  scope.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      scope.openSockets.add(this);
      this.addEventListener('close', () => scope.openSockets.delete(this));
    }
  };
}

export const closeSockets = (page: Page): Promise<void> =>
  page.evaluate(() => {
    for (const socket of (globalThis as unknown as WithSockets).openSockets) socket.close();
  });

/** Closes them, and no other opens. Resolves when the server has heard of it. */
export async function endSockets(page: Page): Promise<void> {
  const wereClean = await page.evaluate(() => {
    const scope = globalThis as unknown as WithSockets;
    const { openSockets } = scope;
    // What the app would open instead gets nowhere.
    scope.WebSocket = class extends EventTarget {
      send(): void {}
      close(): void {}
    };
    const closing = [...openSockets].map(
      (socket) =>
        new Promise<boolean>((resolve) => {
          socket.addEventListener('close', ({ wasClean }) => resolve(wasClean));
          if (socket.readyState === socket.CONNECTING) socket.addEventListener('open', () => socket.close());
          else socket.close();
        }),
    );
    return Promise.all(closing);
  });
  if (wereClean.includes(false)) throw new Error('the server did not answer that a socket closes');
}
