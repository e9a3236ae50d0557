/**
 * Windows over the page in the browser's history, so that Back closes the uppermost instead of leaving the page.
 * Each open one is an entry of its own; the entries follow the windows, never the other way but by Back.
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
  /** Back or Forward has been pressed. */
  moved(): void;
}

export const layersIn = (state: unknown): number =>
  typeof state === 'object' && state !== null && 'layers' in state && typeof state.layers === 'number' ? state.layers : 0;

export function createLayers(history: Entries, soon: (task: () => void) => void): Layers {
  /** The lowest first. */
  const open: { close: () => void }[] = [];

  // Not at once: those that open or close in one turn are one step, or none.
  function settle(): void {
    const surplus = layersIn(history.state) - open.length;
    if (surplus > 0) history.go(-surplus);
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
    moved() {
      for (const { close } of open.splice(layersIn(history.state)).toReversed()) close();
    },
  };
}
