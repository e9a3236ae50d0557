/** The address bar as state. Going to where one is already changes nothing. */
import { useSyncExternalStore } from 'react';
import { layers, layersHere } from './use-layer.ts';
import { pathOf, routeOf, type Route } from '../lib/routes.ts';

export function useRoute(): Route {
  const path = useSyncExternalStore(subscribe, () => location.pathname);
  return routeOf(path);
}

export function navigate(route: Route): void {
  layers.whenStill(() => {
    const path = pathOf(route);
    if (path === location.pathname) return;
    // From a window: it gives way to the page, and Back does not lead to it.
    if (layersHere() > 0) history.replaceState(null, '', path);
    else history.pushState(null, '', path);
    for (const listener of listeners) listener();
  });
}

/** Where to go instead of here, without a way back to here. */
export function redirect(route: Route): void {
  layers.leave(() => {
    history.replaceState(null, '', pathOf(route));
    for (const listener of listeners) listener();
  });
}

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    removeEventListener('popstate', listener);
  };
}
