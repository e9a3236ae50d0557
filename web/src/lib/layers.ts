/**
 * Windows over the page in the browser's history, so that Back closes the uppermost instead of leaving the page.
 * Each open one is an entry of its own; the entries follow the windows, never the other way but by Back.
 * A step back takes the browser a while: until it has arrived, nothing else is done to the entries.
 * Knows the browser as `History`.
 */

/** What we use of `history`. An entry's state says how many windows are open in it. */
export interface Entries {
  readonly state: unknown;
  pushState(state: unknown, unused: string): void;
  go(delta: number): void;
}

export interface Layers {
  /** A window has opened; the answer says that it has closed. */
  opened(close: () => void): () => void;
  /** Closes all windows, then does it, on the page's own entry. */
  leave(task: () => void): void;
  /** At once, or when a step back that is under way has arrived. */
  whenStill(task: () => void): void;
  /** The browser has arrived at another entry. */
  moved(): void;
}

export const layersIn = (state: unknown): number =>
  typeof state === 'object' && state !== null && 'layers' in state && typeof state.layers === 'number' ? state.layers : 0;

export function createLayers(history: Entries, soon: (task: () => void) => void): Layers {
  /** The lowest first. */
  const open: { close: () => void }[] = [];
  let isMoving = false;
  let waiting: (() => void)[] = [];

  // Not at once: those that open or close in one turn are one step, or none.
  function settle(): void {
    if (isMoving) return;
    const surplus = layersIn(history.state) - open.length;
    if (surplus > 0) {
      isMoving = true;
      return history.go(-surplus);
    }
    const tasks = waiting;
    waiting = [];
    for (const task of tasks) task();
    for (let missing = surplus; missing < 0; missing++) history.pushState({ layers: open.length + missing + 1 }, '');
  }

  return {
    opened(close) {
      const layer = { close };
      open.push(layer);
      soon(settle);
      return () => {
        const index = open.indexOf(layer);
        if (index < 0) return;
        open.splice(index, 1);
        soon(settle);
      };
    },
    leave(task) {
      for (const { close } of open.splice(0).toReversed()) close();
      waiting.push(task);
      soon(settle);
    },
    whenStill(task) {
      if (isMoving) waiting.push(task);
      else task();
    },
    moved() {
      isMoving = false;
      for (const { close } of open.splice(layersIn(history.state)).toReversed()) close();
      soon(settle);
    },
  };
}
