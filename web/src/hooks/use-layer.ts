/** A window over the page that Back closes. */
import { useEffect, useRef } from 'react';
import { createLayers, layersIn } from '../lib/layers.ts';

export const layers = createLayers(history, queueMicrotask);
addEventListener('popstate', layers.moved);

export function useLayer(isOpen: boolean, onClose: () => void): void {
  const latest = useRef(onClose);
  useEffect(() => {
    latest.current = onClose;
  });
  useEffect(() => (isOpen ? layers.opened(() => latest.current()) : undefined), [isOpen]);
}

/** How many windows are open in the entry we are in. */
export const layersHere = (): number => layersIn(history.state);
